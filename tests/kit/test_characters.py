from controversies.kit.characters import without_controls


def test_control_characters_go_but_line_breaks_and_tabs_stay():
    every = "".join(map(chr, range(0x20))) + "a\x7fb\x80é"

    assert without_controls(every) == "\t\n\rab\x80é"
