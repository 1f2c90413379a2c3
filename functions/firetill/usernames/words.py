"""Words that are nobody's name: kept for the house, or not for the public. Pure."""

import re
from functools import cache
from typing import TYPE_CHECKING, Final

from firetill.usernames.likeness import read_aloud

if TYPE_CHECKING:
    from glin_profanity import Filter

_RESERVED: Final = """
    about abuse accessibility account accountant accounts admin administration administrator
    admins adminuser ads advertising affiliate affiliates alert alerts analytics android
    announcement announcements anonymous anybody anyone api apis app apple apps archive assets
    assistant auth authentication authorize autoconfig autodiscover automod automoderator backup
    banned beta billing blog board bot bots box boxoffice broadcast bug bugs business buy
    calendar callback cancel careers cart cashier cdn ceo changelog chargeback chat checkout
    ciso client clients cloud cmo code company compliance concierge config connect console
    contact contactus contribute coo cookie cookies copyright council cpo create credit credits
    crew cto customer customercare customers customerservice customersupport dashboard data dba
    debug default delete demo deploy deposit desk dev devel developer developers devops director
    disclaimer discord dispute disputes dmca dns docs documentation domain door download
    downloads edit editor education email emergency employee employees engineer engineering
    enterprise error errors event events everybody everyone example executive explore facebook
    faq faqs features feed feedback file files finance firebase firestore firetill fix forgot
    forgotpassword forum forums founder founders fraud free ftp gate gateway github gmail google
    government graphql group groups guest guests guide guides health healthz help helpcenter
    helpdesk hiring home homepage host hosting hostmaster html http https iam image images imap
    inbox index info information infosec insights instagram internal inventory investor
    investors invite invites invoice invoices ios irc issue issues item items join json kyc
    leader ledger legal license licensing linkedin linux list lists live local localhost log
    login logoff logon logout logs mail mailer mailerdaemon main maintainer maintenance manage
    management manager marketing mastercard media member members membership merch message
    messages messenger meta metrics microsoft mobile mod moderation moderator moderators mods
    money monitor monitoring mysql name names netadmin network new news newsletter noauth nobody
    none noreply notification notifications null oauth obsidian offer offers office official
    officials online open operations operator ops order orders org organisation organiser
    organization organizer outage overlord owner owners pages partner partners party password
    passwords pay payment payments payout payouts paypal payroll phishing php ping pledge
    pledges police policies policy pop portal post postgres postmaster premium president press
    pricing privacy private pro production profile profiles promo promotion proxy public
    purchase purchases purgatory query queue rager ragers receipt receipts recovery register
    registration release remove reply report reports reset rest return returns review reviews
    robot robots root router rss rules sale sales sample sandbox scan scanner schedule script
    search secret secure security self sell seller send server servers service services session
    sessions settings setup sftp share shop sign signin signout signup site sitemap sms smtp
    someone source spam spec sql ssh ssl staff staffs staging start state static statistics
    stats status stock stocks store stripe subscribe subscription subscriptions sudo suggest
    super superadmin superuser supervisor supervisors support supports suspended svc sync sys
    sysadmin sysop system systems tax team teamfiretill teams tech technical terms test tester
    testing tests ticket ticketing tickets till tls token tokens tool tools tos trade
    transaction transactions transfer trust trustandsafety twitter undefined unknown unsubscribe
    update updates upgrade upload uploads url usenet user username usernames users uucp verified
    verify version vip visa vote votes wallet wallets warning web webadmin webhook webhooks
    webmail webmaster website welcome whois widget wiki work wpad www xml you your youtube
"""
_IMPERSONATING: Final = """
    admin administrator customersupport firetill helpdesk moderator official staff stripe support
    superadmin sysadmin
"""

_STEMS: Final = re.compile(r"fuck|faggot|bitch|asshole|cocksuck|whore|(?<!s)nigger|(?<!s)cunt")
"""What stands in no innocent word: the library knows words, and a name has no spaces.

`snigger` and `scunthorpe` are why some may not follow an `s`.
"""
_READ_AS: Final = str.maketrans("013457", "oieast")
_SEPARATORS: Final = re.compile(r"[._]")
_DIGITS: Final = "0123456789"


def is_reserved(username: str) -> bool:
    """Tell whether a name is, looks like, or goes with a number as one kept for the house.

    The words by which people pretend to be the house are not allowed as a part either.
    """
    reserved, impersonating = _reserved(), _skeletons(_IMPERSONATING)
    whole = {read_aloud(username), read_aloud(username.strip(_DIGITS))}
    parts = {
        read_aloud(form)
        for part in _SEPARATORS.split(username)
        for form in (part, part.strip(_DIGITS))
    }
    ours = read_aloud("firetill") in read_aloud(username)
    return ours or not whole.isdisjoint(reserved) or not parts.isdisjoint(impersonating)


def is_profane(username: str) -> bool:
    """Tell whether a name holds an English word that is not for the public.

    Its parts are read as they are, without the digits around them, and with digits for letters.
    """
    whole = _SEPARATORS.sub("", username)
    readings = {
        reading
        for part in (*_SEPARATORS.split(username), whole)
        for form in (part, part.strip(_DIGITS))
        for reading in (form, form.translate(_READ_AS))
        if reading
    }
    profanity = _filter()
    return any(_STEMS.search(reading) or profanity.is_profane(reading) for reading in readings)


@cache
def _reserved() -> frozenset[str]:
    return _skeletons(_RESERVED)


@cache
def _skeletons(words: str) -> frozenset[str]:
    return frozenset(map(read_aloud, words.split()))


@cache
def _filter() -> "Filter":
    # Importing the library and reading its list takes 70 ms, and no other function needs it.
    from glin_profanity import Filter  # noqa: PLC0415

    return Filter({"languages": ["english"], "detect_leetspeak": True})
