"""Dockerfiles in which readers go wrong, by what is hard about them."""

from __future__ import annotations

from typing import NamedTuple


class Hard(NamedTuple):
    """`refused`: BuildKit does not build it. `newer`: BuildKit 0.12, which the tests compare with, reads it otherwise than 0.32 does."""

    text: str
    refused: bool = False
    newer: bool = False


HARD: dict[str, Hard] = {
    # directives
    "escape directive": Hard("# escape=`\nFROM a\nRUN dir C:\\ `\n  && echo b\n"),
    "escape directive after syntax": Hard("#syntax = docker/dockerfile:1\n# Escape = `\nFROM a\nRUN a `\n b\n"),
    "directive after a comment is a comment": Hard("# a comment\n# escape=`\nFROM a\nRUN a `\nRUN b\n"),
    "directive after an empty line is a comment": Hard("\n# escape=`\nFROM a\nRUN a \\\n b\n"),
    "unknown directive ends them": Hard("# whatever=1\n# escape=`\nFROM a\nRUN a \\\n b\n"),
    "directive given twice": Hard("# escape=\\\n# escape=`\nFROM a\n", refused=True),
    "directive of a wrong character": Hard("# escape=x\nFROM a\n", refused=True),
    "check directive": Hard("# check=skip=all;error=true\n# escape=`\nFROM a\nCOPY a `\n b\n", newer=True),
    "indented directive": Hard("  # escape=`\nFROM a\nRUN a `\n b\n"),
    "byte order mark": Hard("\ufeff# escape=`\r\nFROM a\r\nRUN a `\r\n b\r\n"),
    "comment with a backslash at its end": Hard("# a \\\nFROM a\n"),
    # lines
    "carriage returns": Hard("FROM a\r\nRUN a \\\r\n  b\r\nRUN c\r\n"),
    "no line end at the end": Hard("FROM a\nRUN b"),
    "ends within a continuation": Hard("FROM a\nRUN b \\\n"),
    "ends in an empty continuation": Hard("FROM a\nRUN b \\\n\n# c\n"),
    "spaces and tabs after the backslash": Hard("FROM a\nRUN b \\ \t \n  c\n"),
    "two backslashes do not continue": Hard("FROM a\nCMD b \\\\\nRUN c\n"),
    "three backslashes do not continue": Hard("FROM a\nCMD b \\\\\\\nRUN c\n"),
    "backslash in another file's way": Hard("# escape=`\nFROM a\nRUN b \\\nRUN c ``\nRUN d\n"),
    "backslash alone on the first line": Hard("\\\nFROM a\n\\\n\nRUN \\\n b\n"),
    "comment within": Hard("FROM a\nRUN b \\\n  # not a command\n# nor this \\\n  && c\n"),
    "empty line within": Hard("FROM a\nRUN b \\\n\n   \t\n  && c\n"),
    "keyword over several lines": Hard("FROM a\nRU\\\nN b\n"),
    "number sign within a line": Hard("FROM a\nRUN b # c \\\n d\n"),
    "white space before the keyword": Hard("\t FROM a\n   RUN b\n\u00a0RUN c\n"),
    "white space of other kinds": Hard("FROM\ta\nRUN\x0bb\nRUN \x0cc\nENV\x1fa=b\n", refused=True),
    "lower case": Hard("from a as b\nrun c\nonbuild Copy d e\ncMd f\n"),
    # here-documents
    "here-document": Hard("FROM a\nRUN <<EOF\nb\n  c\nEOF\nRUN d\n"),
    "here-document for a program": Hard("FROM a\nRUN python3 <<'E O F' - x\nprint(1)\nE O F\nRUN d\n"),
    "here-document with tabs": Hard("FROM a\nRUN <<-EOF\n\tb\n\t\tEOF\nRUN <<EOF\n\tEOF\nEOF\n"),
    "here-document within the shell": Hard("FROM a\nRUN cat <<EOF > /x && \\\n  cat /x\nFROM b\nEOF\nRUN d\n"),
    "here-document after a space": Hard("FROM a\nRUN cat <<  EOF > /x\nRUN b\nEOF\nRUN d\n", newer=True),
    "here-documents of one line": Hard('FROM a\nRUN <<A cat && 3<<B cat <<-"C"\n1\nA\n2\nB\n3\n\tC\nRUN d\n'),
    "here-documents copied": Hard("FROM a\nCOPY <<a.txt <<'b.txt' /x/\n$A\na.txt\n$B\nb.txt\nADD <<c /y\nc\nRUN d\n"),
    "here-document to a here-document": Hard("FROM a\nCOPY b <<EOF\nc\nEOF\n", refused=True),
    "here-document of ONBUILD": Hard("FROM a\nONBUILD RUN <<EOF\nb\nEOF\nRUN c\n"),
    "here-document of another instruction": Hard("FROM a\nCMD cat <<EOF\nRUN b\n"),
    "here-document in quotes": Hard("FROM a\nRUN echo '<<EOF' \"<<EOF\"\nRUN b\n"),
    "here-document in an array": Hard('FROM a\nRUN ["cat", "<<EOF"]\nRUN b\n'),
    "here-document after an apostrophe": Hard("FROM a\nRUN echo it's <<EOF\nRUN b\n"),
    "here-document after an escaped quote": Hard("FROM a\nRUN echo \\' <<EOF\nb\nEOF\nRUN c\n"),
    "here-string": Hard("FROM a\nRUN cat <<< EOF\nRUN b\n"),
    "shift within arithmetic": Hard("FROM a\nRUN echo $((1<<2))\nRUN b\n"),
    "shift with spaces, which is no shift to BuildKit": Hard("FROM a\nRUN echo $((1 << 2))\nRUN b\n", refused=True, newer=True),
    "here-document with a variable in its name": Hard("FROM a\nRUN <<$EOF\nb\n$EOF\nRUN c\n"),
    "here-document with an escaped name": Hard("FROM a\nRUN <<\\EOF\nb\nEOF\nRUN c\n"),
    "here-document without an end": Hard("FROM a\nRUN <<EOF\nb\n EOF\nEOF \n", refused=True),
    "here-document with a line end's return": Hard("FROM a\r\nRUN <<EOF\r\nb\r\nEOF\r\nRUN c\r\n"),
    "here-document after a shell's pattern": Hard("FROM a\nRUN echo ${b%%.*} <<EOF\nc\nEOF\nRUN d\n", newer=True),
    "here-document after a part of a variable": Hard("FROM a\nRUN echo ${b:0:3} <<EOF\nc\nEOF\nRUN d\n"),
    "here-document after an array's length": Hard("FROM a\nRUN echo ${#b[@]} <<EOF\nRUN d\n"),
    "here-document over a continuation": Hard("FROM a\nRUN cat \\\n  # <<NO\n  <<EOF \\\n  > /x\nb\nEOF\nRUN c\n"),
    "comment after a here-document": Hard("FROM a\nRUN <<EOF\n# b\nEOF\n# c\nRUN d\n"),
    # forms
    "array": Hard('FROM a\nRUN ["b", "c\\u0020\\"d"]\nCMD [ ]\nENTRYPOINT\t[\n"x"]\n', refused=True),
    "array over lines": Hard('FROM a\nCMD [ "b", \\\n  "c" \\\n ]\n'),
    "array in single quotes is text": Hard("FROM a\nCMD ['b', 'c']\n"),
    "array with more behind it is text": Hard('FROM a\nCMD ["b"] c\n', newer=True),
    "array with a comma at its end is text": Hard('FROM a\nCMD ["b",]\n'),
    "array of numbers": Hard("FROM a\nCMD [1]\n", refused=True),
    "array with half of a pair": Hard('FROM a\nCMD ["\\ud800"]\n'),
    "array of not a number is text": Hard("FROM a\nCMD [NaN]\n"),
    "array of paths": Hard('FROM a\nCOPY ["b c", "d"]\nVOLUME ["/e", "/f"]\nADD --link ["g", "/h"]\n'),
    "shell as text": Hard("FROM a\nSHELL /bin/bash -c\n", refused=True),
    # flags
    "flags": Hard(
        "FROM --platform=$BUILDPLATFORM a AS b\nCOPY --from=0 --chown=1:1 --chmod=755 --link c d\nRUN --mount=type=cache,target=/x e\n"
    ),
    "flags over lines": Hard("FROM a\nRUN --mount=type=bind,target=. \\\n  # b\n    --network=none \\\n  c --d\n"),
    "flag in quotes": Hard("FROM a\nCOPY --chown=\"b c\" '--d' e\n"),
    "two dashes end the flags": Hard("FROM a\nRUN -- --b\n"),
    "unknown flag": Hard("FROM a\nCOPY --owner=b c d\n", refused=True),
    "flag twice": Hard("FROM a\nCOPY --chown=b --chown=c d e\n", refused=True),
    "flag without a value": Hard("FROM a\nCOPY --chown c d\n", refused=True),
    "switch that is no truth": Hard("FROM a\nCOPY --link=yes c d\n", refused=True),
    "flags of ADD": Hard("FROM a\nADD --checksum=sha256:b --keep-git-dir=true --exclude=*.c --exclude=*.d e f\n"),
    # instructions
    "ENV of many": Hard("FROM a\nENV b=c d=\"e f\" \\\n  g=h\\ i j='k l' m=\n"),
    "ENV as it was": Hard('FROM a\nENV b c=d "e f"\n'),
    "ENV as it was, over lines": Hard("FROM a\nENV b \\\n  # c\n    d\n"),
    "ENV without a value": Hard("FROM a\nENV b\n", refused=True),
    "ENV with a word alone": Hard("FROM a\nENV b=c d\n", refused=True),
    "ENV without a name": Hard("FROM a\nENV =c\n", refused=True),
    "ENV with a quote that does not end": Hard('FROM a\nENV b="c d\n'),
    "ENV with a backslash at its end": Hard("# escape=`\nFROM a\nENV b=C:\\ c=d`\n"),
    "LABEL": Hard('FROM a\nLABEL b.c="d e" \'f\'="g"\nLABEL "h i"=j\n'),
    "ARG of several": Hard('FROM a\nARG b c=d e="f g" h=\n'),
    "HEALTHCHECK": Hard(
        'FROM a\nHEALTHCHECK --interval=5m --timeout=1.5s --retries=3 CMD curl b\nHEALTHCHECK CMD ["c"]\nHEALTHCHECK none\n'
    ),
    "HEALTHCHECK of nothing": Hard("FROM a\nHEALTHCHECK NONE b\n", refused=True),
    "HEALTHCHECK without a type": Hard("FROM a\nHEALTHCHECK curl b\n", refused=True),
    "ONBUILD": Hard("FROM a\nONBUILD RUN --mount=type=cache,target=/x b\nONBUILD ENV c=d\n"),
    "ONBUILD twice": Hard("FROM a\nONBUILD ONBUILD RUN b\n", refused=True),
    "ONBUILD FROM": Hard("FROM a\nONBUILD FROM b\n", refused=True),
    "FROM with more": Hard("FROM a AS b c\n", refused=True),
    "FROM with a number as its name": Hard("FROM a AS 1b\n", refused=True),
    "ARG before FROM": Hard("ARG b=1\nARG c\nFROM a:$b\n"),
    "RUN before FROM": Hard("RUN a\nFROM b\n", refused=True),
    "COPY without a destination": Hard("FROM a\nCOPY b\n", refused=True),
    "VOLUME of nothing": Hard('FROM a\nVOLUME ["/b", " "]\n', refused=True),
    "unknown instruction": Hard("FROM a\nRUM b\nRUN c\n", refused=True),
    "RUN of nothing": Hard("FROM a\nRUN\nCMD\nENTRYPOINT\n"),
    "nothing": Hard("", refused=True),
    "comments alone": Hard("# a\n\n  # b\n", refused=True),
}
