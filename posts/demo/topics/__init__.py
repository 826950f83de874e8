"""What people write about when nobody has written it for them, by topic."""

from posts.demo.topics import abroad, home

TOPICS = home.TOPICS | abroad.TOPICS
