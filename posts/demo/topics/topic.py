"""What a topic is: its hashtags, what is said about it, and what others say to that.

All of it is made up, and every address is under example.org or example.com.
"""

from typing import NamedTuple


class Topic(NamedTuple):
    tags: tuple[str, ...]
    sayings: tuple[str, ...]
    comments: tuple[str, ...]
