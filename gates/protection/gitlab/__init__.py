"""GitLab projects: what branch-protection/gitlab.json asks for, held against the jobs that .gitlab-ci.yml puts into a merge request."""
