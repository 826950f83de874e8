#!/usr/bin/env python
"""Django's command line for this project."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "feedsite.settings")
    from django.conf import settings
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        _ = settings.INSTALLED_APPS  # loads the settings
    except ImproperlyConfigured as error:
        sys.exit(f"Wrong setting: {error}")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
