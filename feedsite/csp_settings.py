"""The Content Security Policy of all pages, and where browsers report violations of it."""

from csp.constants import NONE, SELF

__all__ = ["CONTENT_SECURITY_POLICY", "CSP_REPORTS_GROUP", "CSP_REPORTS_PATH"]

CSP_REPORTS_PATH = "/csp-reports/"
CSP_REPORTS_GROUP = "csp"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        # Only the policy in feed/static/feed/reading.js turns strings into HTML; nothing turns them
        # into code. feedsite/csp.py lists the paths without these two.
        "require-trusted-types-for": ["'script'"],
        "trusted-types": ["default"],
        # For Firefox and Safari.
        "report-uri": CSP_REPORTS_PATH,
        # For Chromium.
        "report-to": CSP_REPORTS_GROUP,
    }
}
