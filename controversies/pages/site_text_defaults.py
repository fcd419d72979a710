"""The words that the site comes with, shown where its operator has written none yet."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from controversies.models import SiteTextName

DEFAULTS: dict[SiteTextName, str | Promise] = {
    SiteTextName.OPERATOR: gettext_lazy("The people who run this site have not said yet who they are."),
    SiteTextName.CONTACT: gettext_lazy(
        "No address is given here yet. To report a mistake on a page, use “Suggest a correction” on that page."
    ),
    SiteTextName.ASSESSMENT: gettext_lazy(
        "A page begins as a draft. A publisher makes it public when each position is stated in words that its "
        "backers would accept, and cites its sources.\n\n"
        "Editors rate how well the evidence that is cited supports each position, and give their reason in words. "
        "They do not say which position is right. Beside their rating, the page counts the sources by fixed rules.\n\n"
        "A page is reviewed when somebody has checked all of it against its sources. It shows the day and the name."
    ),
    SiteTextName.CORRECTIONS: gettext_lazy(
        "Anyone can suggest a correction on any page, without an account. We need a source for anything but typos. "
        "An editor decides on each suggestion and says why.\n\n"
        "Every correction is a new revision. The page’s history shows what it said before, who changed it, when and "
        "why. If words must be removed by law or to protect somebody’s rights, a mark shows where they were."
    ),
    SiteTextName.EDITORS: gettext_lazy(
        "Editors are people whom the operator of this site has invited. Each change is recorded under the name that "
        "its author has chosen."
    ),
}
