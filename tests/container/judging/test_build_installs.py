import pytest

from tests.container.judging.dockerfiles import defects, lines, of, run

UNPINNED = [
    "pip install requests",
    "pip3.12 install 'requests>=2,<3'",
    "python3 -m pip install -U pip",
    "/venv/bin/pip --no-cache-dir install flask==3.1.0 jinja2",
    "pip install git+https://git.example.com/acme/lib.git",
    "uv pip install --system ruff",
    "uv tool install ruff",
    "pipx install poetry",
    "set -e; cd /x && sudo -H pip install acme",
    "if true; then pip install acme; fi",
    "bash -c 'pip install acme'",
    "npm install -g npm@latest",
    "npm i @acme/tool",
    "yarn global add serve",
    "pnpm add -g turbo",
    "corepack prepare pnpm@latest --activate",
    "go install example.com/x/tool@main",
    "GOBIN=/usr/bin go get -u example.com/x/tool",
    "cargo install --locked ripgrep",
    "gem install bundler",
    "dotnet tool install --global dotnet-ef",
    "composer global require acme/tool",
    "conda install -y -c conda-forge numpy",
    "pecl install redis",
]
PINNED = [
    "pip install requests==2.32.0 'flask[async]==3.1'",
    "pip install 'acme @ https://packages.example.com/acme.whl'",
    "pip install -r requirements.txt -c constraints.txt acme",
    "pip install --require-hashes acme",
    "pip install git+https://git.example.com/acme/lib.git@v1.2#egg=lib",
    "pip install . ./lib /wheels/*.whl '.[dev]'",
    "pip install --no-index --find-links /wheels acme",
    "pip download acme",
    "pip uninstall -y setuptools",
    "uv tool install ruff@0.14.0",
    "npm install -g npm@11.6.0 @acme/tool@1.2.3 ./local",
    "npm run install",
    "npm install -g https://packages.example.com/x.tgz",
    "yarn add left-pad@1.3.0",
    "go install ./cmd/...",
    "go install example.com/x/tool@v1.2.3",
    "go get ./...",
    "cargo install --locked ripgrep@14.1.0",
    "cargo install --locked --version 14.1.0 ripgrep",
    "gem install bundler:2.5.0 rake -v 13.0.6",
    "gem install bundler -v 2.5.0",
    "dotnet tool install -g dotnet-ef --version 9.0.0",
    "conda install -y numpy=2.1",
    "pecl install redis-6.1.0",
    "echo pip install acme",
    "apt-get install -y curl",
]


@pytest.mark.parametrize("command", UNPINNED)
def test_an_install_without_a_version_is_told(command: str) -> None:
    assert lines("unpinned-install", run(command)) == [2]


@pytest.mark.parametrize("command", PINNED)
def test_an_install_with_a_version_is_not(command: str) -> None:
    assert not of("unpinned-install", defects(run(command)))


@pytest.mark.parametrize(
    "command",
    [
        *("npm install", "npm i --omit=dev", "npm --prefix web install", "yarn", "yarn install --production", "pnpm install --prod"),
        *("bun install", "uv sync --no-dev", "pipenv install --system", "poetry update", "composer update", "cargo install --path ."),
    ],
)
def test_an_install_that_may_leave_the_lock_file_is_told(command: str) -> None:
    assert lines("unlocked-install", run(command)) == [2]


@pytest.mark.parametrize(
    "command",
    [
        *("npm ci", "npm clean-install", "npm install -g npm@11.0.0", "yarn install --immutable", "yarn --frozen-lockfile", "yarn build"),
        *("pnpm install --frozen-lockfile", "pnpm fetch", "CI=1 yarn --version", "bun install --frozen-lockfile", "uv sync --locked"),
        *("pipenv install --deploy", "pipenv sync", "poetry install", "composer install", "cargo install --locked --path .", "cargo build"),
    ],
)
def test_an_install_that_keeps_to_the_lock_file_is_not(command: str) -> None:
    assert not of("unlocked-install", defects(run(command)))


def test_a_variable_of_the_file_is_looked_up() -> None:
    text = "FROM debian:13\nARG PACKAGES='acme==1.0'\nENV UV_FROZEN=1\nRUN pip install $PACKAGES && uv sync\n"
    found = defects(text)
    assert not of("unpinned-install", found)
    assert not of("unlocked-install", found)


def test_a_variable_without_a_value_cannot_be_judged() -> None:
    (found,) = of("unpinned-install", defects("FROM debian:13\nARG PACKAGES\nRUN pip install $PACKAGES\n"))
    assert not found.resolved
    assert "$PACKAGES" in found.message


def test_the_line_is_that_of_the_command() -> None:
    text = "FROM debian:13\nRUN set -e \\\n  # a comment\n  && echo hi \\\n  && pip install acme\n"
    assert lines("unpinned-install", text) == [5]
    assert lines("unpinned-install", "FROM debian:13\nRUN <<EOF\nset -e\npip install acme\nEOF\n") == [4]
    assert lines("unpinned-install", "FROM debian:13\nONBUILD RUN pip install acme\n") == [2]


def test_what_no_shell_reads_is_not_guessed_at() -> None:
    assert not lines("unpinned-install", "# escape=`\nFROM mcr.microsoft.com/windows/servercore:ltsc2022\nRUN pip install acme\n")
    assert not lines("unpinned-install", 'FROM debian:13\nSHELL ["pwsh", "-c"]\nRUN pip install acme\n')
    assert not lines("unpinned-install", "FROM debian:13\nRUN <<EOF\n#!/usr/bin/env python3\npip = 1\nEOF\n")
    assert lines("unpinned-install", 'FROM debian:13\nRUN ["pip", "install", "acme"]\n') == [2]


def test_two_installs_of_a_stage_are_two_defects_and_one_that_is_repeated_is_one() -> None:
    found = of("unpinned-install", defects("FROM debian:13\nRUN pip install acme\nRUN pip install other\nRUN pip install acme\n"))
    assert len({defect.subject for defect in found}) == len(found) == 3


@pytest.mark.parametrize(
    "command",
    [
        *("npx --yes serve", "npx create-react-app x", "npx -p typescript tsc", "npm exec serve", "npm exec -- serve", "npm create vite"),
        *("yarn dlx x", "pnpm dlx x", "bunx x", "uvx ruff check", "uvx ruff@latest", "uv tool run ruff", "uv run --with flask x.py"),
        *("pipx run black", "go run github.com/a/b@latest", "poetry add flask", "cargo binstall x", "easy_install flask"),
        *("pip install git+https://github.com/a/b@main", "pip install flask==3.*", "npm install -g x@^4", "npm install -g 'x@>=4'"),
        *("npm install -g git+https://github.com/a/b.git", "cargo install --locked --version ^1 x", "npm ci && npx serve@latest"),
    ],
)
def test_what_is_fetched_in_whatever_version_there_is(command: str) -> None:
    assert lines("unpinned-install", run(command)) == [2]


@pytest.mark.parametrize(
    "command",
    [
        *(
            "npx --yes serve@14.2.0",
            "npx --no-install tsc",
            "npx -p typescript@5.4.2 tsc",
            "npm init -y",
            "npm run build",
            "npm exec -- x@1.2.3",
        ),
        *("npm ci && npx prisma generate", "yarn install --immutable && npm exec tsc", "pnpm dlx x@1.0.0", "uvx ruff@0.5.0 check"),
        *("uvx --from ruff==0.5.0 ruff", "uv tool run ruff==0.5.0", "uv run x.py", "uv run --with flask==3.0.0 x.py", "uvx --version"),
        *("pipx run black==24.1.0", "pipx run --spec black==24.1.0 black", "go run ./cmd", "go run github.com/a/b@v1.2.3"),
        *("poetry add flask==3.0.0", "pip install git+https://github.com/a/b@v1.2", "npm install -g npm@10", "cargo binstall x@1.2.3"),
        "cargo install --locked --version 1.2.3 x",
    ],
)
def test_what_is_fetched_in_one_version(command: str) -> None:
    assert not lines("unpinned-install", run(command))


def test_npx_takes_what_is_copied() -> None:
    assert not lines("unpinned-install", "FROM node:22\nCOPY --from=deps /app/node_modules ./node_modules\nRUN npx prisma generate\n")
