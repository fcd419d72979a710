"""Pictures of the record: charts as values (`charts`, `steps`, `matrix`), made of documents and rows, and their forms.

A chart is drawn as SVG within a page, as an SVG or PNG file, as a table and as CSV, each a pure function of the chart.
What the database knows besides the document is read by `history.confidence` and by `of_lists`.
"""
