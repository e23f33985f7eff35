"""Escapes that several formats share.

Not xml.sax.saxutils: it imports urllib.request and email, which every Lambda function would pay for at a cold start.
"""

from __future__ import annotations

import re

_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def escape_webvtt(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def escape_xml(text: str) -> str:
    """For text and for attributes in double quotes. XML 1.0 cannot hold control characters, not even escaped."""
    return escape_webvtt(_NOT_IN_XML.sub("\ufffd", text)).replace('"', "&quot;")
