"""Paths of other apps' pages, for the templates of posts and accounts."""

from django import template

from posts.links import latest_path

register = template.Library()

register.simple_tag(latest_path)
