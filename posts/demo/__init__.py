"""What a demo is made of: people with pictures, stories that they tell, and what chance adds."""

from posts.demo.people import AUTHORS, Author
from posts.demo.stories import STORIES

__all__ = ["AUTHORS", "STORIES", "Author"]
