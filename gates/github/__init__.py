"""GitHub as files: workflows and the check names they report, branch protection and the contexts it requires; and its REST API."""
