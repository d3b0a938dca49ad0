"""How much a value would take to guess, in bits: words take few, random characters many.

Runs of letters are judged by how likely each letter is after the two before it. The table was counted over the words of 5,000 open-source
files in Python and English; it holds one of four levels for each three letters, two bits each, from "aaa" to "zzz".
"""

from binascii import a2b_base64

from gates.core.patterns import lazy

_LEVELS = (2.0, 3.5, 5.5, 6.5)  # bits of a letter: often, sometimes, seldom, hardly ever seen after these two
_PIECES = lazy(rb"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[^A-Za-z0-9]+")  # takes camelCase apart
_YEAR = lazy(rb"(?:19|20)[0-9]{2}")
_HEXADECIMAL = lazy(rb"[0-9a-f-]+|[0-9A-F-]+")
_JOINERS = b"-_./: \\,"
_COUNTS = b"01234567890 98765432109 00000000 11111111 22222222 33333333 44444444 55555555 66666666 77777777 88888888 99999999"

_TABLE = (
    b"eNptV11sG9eVfto+dFEE2AIxkHTrx2BtpAYWKHbT1OJbg02xFQrXESLBJtDsWjUNmWgKi7HF4QAt2qB0IwLxRlqTlVgrDaUZrT1oXImWqOE8FUJkiAPE63BF"
    b"mnOQqDZjMeRtw1Bjcube03OHlDcpekFoKM79OT/f+c53f9CxMG8Z89AWTYT4NPsWwk+z9eIaO9lJrJQt9kTLK+4iv8f3ygJS0Y7ioYWhP48glAF9RL7RNKqi"
    b"5ZQWejts3TcnGMKHtYS4z3QaX9IrTtl7t4O6HtHTS+m7Ne1SB1rx5o1h4WxvIn+AUVC9py2wS8iRLbVOfZRBlt5qF+fYA1PZsRGyNigsdZmdd1/Ap19mroLs"
    b"qfVQtorhGRu5hxORhHsCTz/rqJzhNpn0EzSSaV1P65pzbPco4h8sC7sYWdIiul6xATljXe4Po2UfRm8DUUG1Mn7WtnBVQdA1fUHXtmzauoFhv5gNiRLA4pAA"
    b"oxzfP4TZZFLPkWdLen8k6QuvYeyoZ+jJ3JGcvoyhyUNi+CSWE4BXHxWB8ex3qsuKwMh6YnITjdHt+loNfd9H4PZtMEyGFzuJMyNo0K45TecfK8uZFh2KvoPH"
    b"ufE0iFLWw3jbVVH9Tb0HFro379ocafhQsj2/AfMXzchIA8D2zBrzMGGewFSYgduhDThk5dY0Ft4DS130jKROXuq5lrV6COdebs2uVditM6ptMJix3ecEG3XV"
    b"2JVC+KXp/FqFzhDFOgIlgqM79wA/esGzo1Hk2/Tm+9KGVMnlCD7fyLawVJ7H3kO096yV8W2bufzbKLCNqs1tGfiiUVMSN446teouJmrVkhi6UEd7y5bbcJXb"
    b"lLmITtbpzv7QTaQ0Lkizj2J4ZcRL6VC4WAJhzsFRbiS3ve4OHumdnhyxqqdLBfMu+p/4tbpMlucLnNpUP5pyyWo0P8H4hsmqCK+D2+1Cx+dhEOxuC8U1dOvF"
    b"C4uPABru8X1mEbKNR9l5Z+zS7xmYPPqEyF79YHnybivcNPOEeAJFD/HhxYn0bI/tVLHdxtn7idFqFewy+lVMehP7mW74JPMIiScvqFVmDZ8Er9gUV7vW/iuG"
    b"8XfgiS7W4gLLboogGsnpsBNq51UjJwGlfTlI05ZMfZVxYTohkSpjWakhQ7XcNm0X8biDR/rTKKI+w+yGef754nyqzCb5HMNQewy/24dmRNP0X9BTk/PR9C2G"
    b"hha82UNl5Rlhc+AdgNMq354SYQc456ii9eCQFUZyiPLlK1jH68Bc0cbRnvX+mCuxE+wt8U/F1PJb4PtFNoU22ECAXRWJ2RM9mzXbFgj9saGPqMy6yvg/miy7"
    b"21VpDY83FzGVDrbTzgbVFAmqiiwke2cIBlpOX0TlXdqNbIlzVJ5XCXTR8xB7DsUpkehcsbJ6Oqf9UrpKVaun35TbpD9QXx3zjH6Nqp+ptBirttdrkqF8G6Sh"
    b"Hncwiom3rtTsMMQuIAZn6pVSENGaeT0acsPzDzNWx1l9YPxOlubA0KD29cA4V1ghGFSW7kLo03NopeHtqRLzzRqMCbjtFCziN1Td18vstF0Q+yCe5bsNbpB7"
    b"VOkY8wnD5IJGlooNH5jHNsEV+4z7/jeYYDP3BL4ja6PtCcg28qsfMlkoPR/eg2Wz25q7eP38YQGlTU/cBybQp0BRrAWiNqpRYPRpJ7P+vrcURLfSf5Nh7Mfl"
    b"xcBq+bN0Ox3Rz5BHqXX0Cgf+fGG4DGLDaBwJVqRzRw4Wa/IRkdFI5igubuITt86vJ+Vvab0/qQ8Xtap+z030t06qoP7udXlO/92L+lOfP+vIwZf85WJ+HCvl"
    b"jiu7DEcqvlp02FJcVHuW+wrzcfiOwnAMrdidjkSIWStaXfXVMBr/EJG2aWd/K91OEZMLkDFI6xVgRJko3FpsvCNZZ8PDPu5elPSELKoox6iNEFyOC+JZ85sZ"
    b"RvmRhsbRhPr/RyeSzqUHDpSZWD0kCFhunOH1S9FS3TdezEaKJp7aszojU/DWlqd43ORiOE9dk2iT40yFvRv2yqfIs3uo8v9CG+elBU37HueXCaNOkVNX+QPg"
    b"7GzFHn2/YN5oBQBc6tkN1gG8FD87FkG4fRuLXTZxz1oboQCBhIdPTOqSobkkpcdsbEx+d2+xH2uAidgzKtuyXd7CX88o84C1+5U8v99IoPXhCMMLdnsKUKew"
    b"vamnX6LTcpEsUz992lrsJzPUwViYsav25KU9WUwO445UAR3vGPY+GulUl6s3lQeoRyiJWuVe4OnYGzyq7jvExBdqjOhp5TAO+g990gt9BOi5JhhfzxDHy2To"
    b"BRa6Ne6BBe6jHeBxBWJiftqurz3E061EfSRDKHfjFRS+Apf7jcXD+R5e+3qhLP+pEdeZ+RRr0aE+2kRPYVXIwjD32DmvuPrVCsElo2QaFC2V8JCqYtfF1trG"
    b"+RAHu+ommqzJE/Gwam+BZxbRVzj1MGM0recW9DlU7h0D2Ax61lE0REyE4bDLNXbPnIYwZ7cJXw6zXFz9WQxD4PH9VnfHLL9NnclWydAwWu0MetJQB9d8E6EJ"
    b"s9Dmp0iUmM+SenqpWRC/x3ONJybHkZWqjdUPISjgpb0PnLn1P7PWhrl8uAiXy4Vuhy0z6yeHgqqn0fWVdhYJCGydyN2nzo+yM7nIMqzofpU5ADVFhY1ltVRg"
    b"w2OEA9H7d2G5V5CV7UUFXKqzU3dovY1rgnxRXx23BjwK28QdTL7hwP6Pr8CsoOVuR8ZQGflZC26DFGb9ktizA2nYes28cZ7TK2utBi5T84cwFbCGpkz45TI3"
    b"3kn3+frS+aONg8pa0A7YY6mvseSfA4ZY+hvklJSYWfirH3s1WzpDdEKKbNCyiLqPBPjqT9Yig90WdHIBQr7sjfQbCTMKZmDONU2CdEH/WyPTUC6ca5RathV3"
    b"Ks1/VZxlzqbtZdMXpx4UJ0c92IG8WcE939RT3RJVCb+Lb+1YP4x6GXl4Ul//WBGXm5WZrNdt2v/DfSA1WHEk0800pv5z5C1o1svfluENEUdACSzfgWbczxKU"
    b"pze9Yg0uP0z8OIupPq375gZz1UGyWp5yLNwYtOrFcmJlJOdw5r4G4Csm3BTZ09PvcIGnhbr6JLLqbe9WGTKfxS+NCJvkJLHYmYp1N1yYJYr7ka4XH91iYbFd"
    b"tdf5HnxsbkC0kKo6jW4DwQt18lSAVUo9NrwhLPv2r5jXXcbmrfi81bSr4B1vsvf3EhdJQf5vVy30cEPbAA+NM7KPzpB3f0odkOosTOw/g9nlVlupZfkxa561"
    b"5omrrnv4DWat3FGZZy9fpKpvcbhJDR0a8SY6PevnhmsEzKiHP+NUXXDbRlPYPk+Ezwn7e0zq+OVG9uTbwm603OcqPBIgacshFQDMiZvhbxFRgDeJsNYTk1I4"
    b"U/730ZzwqSBohHlbRaGGSIKNQLjDcYWF9qk079+Yyf+ROUqNPY8wvd3rkjbpWbsv8OiT6OEe8q+YzSxf7sMvKkLuCImSANkaPRa0rTLLk67af1S8CMK45uj5"
    b"Dp1GB3Hrg1b7U3lnknMrbzixqTUkGrSOCkhuekSDo9oSlclTyc8Xxb+lRwniWlARkX4rLeCQ+4qUPyohiKT//Ak3qyXlHClK7qA05z+0g6a7EFh2ik6f9b6g"
    b"ApLJvvgh1FKnXwhOAPY1b7KVJUo8qw2mET/q72j6JsdYCEjd0jkzyEPyhjBQd4ND5J+lz7d6vYAT+RPeG+m0vpRO10IIAMOUBeqNF7ji3QmuVrKn01FPkpCh"
    b"zFGrbkQ/DT9uyPTmzXTPTiHxjRaQQuW9SpuvCc+zHtxspnL91X09ymxsIs79txU95t1IzxDI0/Lq9eYBUywNeEV6fEBL/cd39nAj75Gop+YE+o+GYFmET26j"
    b"APxyz+rdQbr2uXTTk4sXSMdT5OuY6Vr3/x4PFFdfi5VsWeicDxlIApDi9gvdczH2ColTyaMYKNqlq6RstbQeThyPUmNJsvrQG1TqSiyMqb5dgfbSexKloq1p"
    b"2gETLujj1vlrb0tWRoWuJuqQ3cAs9Sy6NL52Q12dLVCXcEl0CAV/HQMjHdhlNXHXkoZGHoOqQsXkW7jC1ZfDwv4EPb6LU2Took+NEk0XBtPo9k5j3jSLR+ha"
    b"vUttlaAxqvW1v9q/3OFBssg/ssOXPYvjvtFa/xdvOh3k8DcHjE7Mo4eEtXhFGP1EyPFDUmJyXhpb6j8/3m1pEAm5aqBKB0nzPPx+naWuHmDvc5D7J/lJDlSq"
    b"FiE9/ngsfKG1yOPSctqLfwHPM71a"
)
_UNPACKED: list[bytes] = []  # filled once


def bits(value: bytes) -> float:
    """An estimate, never more than as many random characters of the same kinds would hold."""
    total = 0.0
    for piece in _PIECES.finditer(value):
        total += _piece(piece[0])
    return min(total, len(value) * (4.0 if _HEXADECIMAL.fullmatch(value) else 6.5))


def _piece(piece: bytes) -> float:
    if piece.isalpha():
        return _letters(piece.lower())
    if piece.isdigit():
        if _YEAR.fullmatch(piece):
            return 5.0
        return 3.3 if len(piece) > 2 and piece in _COUNTS else 3.3 * len(piece)
    return sum(1.0 if byte in _JOINERS else 5.0 for byte in set(piece))


def _letters(word: bytes) -> float:
    if len(word) < 3:
        return 5.0 * len(word)
    return 6.0 + sum(_LEVELS[_level(word, at)] for at in range(len(word) - 2))


def _level(word: bytes, at: int) -> int:
    index = ((word[at] - 97) * 26 + word[at + 1] - 97) * 26 + word[at + 2] - 97
    return _table()[index >> 2] >> 2 * (index & 3) & 3


def _table() -> bytes:
    if not _UNPACKED:
        import zlib  # only where there is a value to judge

        _UNPACKED.append(zlib.decompress(a2b_base64(_TABLE)))
    return _UNPACKED[0]
