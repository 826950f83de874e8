"""When each periodic job is due. The tasks themselves are rows of django_tasks_db."""

from django.db import models


class PeriodicJob(models.Model):
    """The next run of one job of `background.periodic.JOBS`. One worker of all runs it."""

    name = models.CharField(max_length=100, primary_key=True)
    due_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} at {self.due_at}"
