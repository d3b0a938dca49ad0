"""What the code gate can say: one rule per test of bandit, with our own reason and way out.

The severity here is the one that the test's usual finding gets; each finding is rated by what bandit says of it (`bandit.SEVERITIES`).
"""

from __future__ import annotations

from gates.core.finding import Rule, Severity

LOW, MEDIUM, HIGH = Severity.LOW, Severity.MEDIUM, Severity.HIGH

DOCS = "https://bandit.readthedocs.io/en/latest/"
CONTROL = "`bandit -r app`; no hard-coded `/tmp`; no bind to all interfaces"  # the row in docs/controls.md

# A line of these tests holds a password: nothing of it is shown, and its subject is cut to 24 bits.
PASSWORD_TESTS = frozenset({"B105", "B106", "B107"})


def _rule(test: str, page: str, severity: Severity, cwe: int, summary: str, why: str, remedy: str) -> Rule:
    """A test that is a plugin of bandit, with a page of its own."""
    return Rule(f"code/bandit-{test.lower()}", severity, summary, why, remedy, (f"{DOCS}{page}",), CONTROL, (cwe,))


def _plugin(test: str, name: str, severity: Severity, cwe: int, summary: str, why: str, remedy: str) -> Rule:
    return _rule(test, f"plugins/{test.lower()}_{name}.html", severity, cwe, summary, why, remedy)


def _call(test: str, anchor: str, severity: Severity, cwe: int, summary: str, why: str, remedy: str) -> Rule:
    """A test that is an entry in bandit's list of calls; some share a section of its page."""
    return _rule(test, f"blacklists/blacklist_calls.html#{anchor}", severity, cwe, summary, why, remedy)


def _import(test: str, name: str, severity: Severity, cwe: int, summary: str, why: str, remedy: str) -> Rule:
    return _rule(test, f"blacklists/blacklist_imports.html#{test.lower()}-{name}", severity, cwe, summary, why, remedy)


XML_WHY = "The parser expands entities and follows external ones: a small hostile document exhausts memory or reads local files."
SHELL_WHY = "A shell gives meaning to ;, |, $() and quotes, so a value that reaches the string can run commands of its own."
PICKLE_WHY = "Loading such data calls whatever the data names, so who writes the data runs code here."
PLAIN_WHY = "Names, passwords and content cross the network unencrypted, where anyone on the way reads and changes them."

RULES: tuple[Rule, ...] = (
    _plugin(
        "B101", "assert_used", LOW, 703,
        "assert guards nothing under python -O",
        "An optimised run drops every assert, so a check that rests on one silently stops.",
        "Raise an exception from an if statement; keep assert for tests and for what cannot happen.",
    ),
    _plugin(
        "B102", "exec_used", MEDIUM, 78,
        "exec runs a string as code",
        "Whoever can influence the string runs code with the rights of this program.",
        "Call a function chosen from a table of known names, or import the module that holds the code.",
    ),
    _plugin(
        "B103", "set_bad_file_permissions", HIGH, 732,
        "chmod gives the file to everyone",
        "Other users of the machine can change, read or run a file that this program trusts.",
        "Grant the owner alone: 0o600 for a file, 0o700 for a directory or a program.",
    ),
    _plugin(
        "B104", "hardcoded_bind_all_interfaces", MEDIUM, 605,
        "the address 0.0.0.0 listens on every interface",
        "A service meant for one network becomes reachable from all of them, the public one included.",
        "Bind to 127.0.0.1 by default, and take another address from the deployment's settings.",
    ),
    _plugin(
        "B105", "hardcoded_password_string", LOW, 259,
        "a string that looks like a password is written in the source",
        "Everyone who can read the repository, now or in its history, knows the password, and it cannot differ between systems.",
        "Read it from the environment or a secret store at run time, and change the one that was committed.",
    ),
    _plugin(
        "B106", "hardcoded_password_funcarg", LOW, 259,
        "a call is given a password that is written in the source",
        "Everyone who can read the repository, now or in its history, knows the password, and it cannot differ between systems.",
        "Pass a value read from the environment or a secret store, and change the one that was committed.",
    ),
    _plugin(
        "B107", "hardcoded_password_default", LOW, 259,
        "a parameter has a password as its default value",
        "A caller that forgets the argument gets a password that everyone who reads the source knows.",
        "Make the parameter required, or default to None and refuse to go on without a value.",
    ),
    _plugin(
        "B108", "hardcoded_tmp_directory", MEDIUM, 377,
        "a fixed path in a shared temporary directory",
        "Any user of the machine can put a file or a link at that path first and so read or redirect what is written.",
        "Use tempfile.TemporaryDirectory or tempfile.NamedTemporaryFile, which make private names.",
    ),
    _plugin(
        "B110", "try_except_pass", LOW, 703,
        "an except block swallows every error",
        "A failed check or a broken step goes on as if it had succeeded, and nobody learns of it.",
        "Catch the exceptions you expect and handle them, and let the others rise; log where going on is right.",
    ),
    _plugin(
        "B112", "try_except_continue", LOW, 703,
        "an except block skips to the next item on every error",
        "Items that fail are left out unseen, so a loop that verifies or cleans up claims more than it did.",
        "Catch the exceptions you expect, and record the item that was skipped.",
    ),
    _plugin(
        "B113", "request_without_timeout", LOW, 400,
        "an HTTP request waits for ever",
        "A server that accepts and then stays silent blocks the worker; a few of those stop the service.",
        "Pass timeout=, in seconds, to the call or to the client.",
    ),
    _plugin(
        "B201", "flask_debug_true", HIGH, 94,
        "Flask runs with its debugger on",
        "The debugger of an error page runs any Python that a visitor types.",
        "Drop debug=True; set FLASK_DEBUG on your own machine, and serve with a WSGI server elsewhere.",
    ),
    _plugin(
        "B202", "tarfile_unsafe_members", HIGH, 22,
        "an archive is unpacked without checking where its members go",
        "A member named ../ or a link writes outside the target directory, over files that later run.",
        'Pass filter="data" to extractall, or check each member\'s resolved path against the target.',
    ),
    _call(
        "B301", "b301-pickle", MEDIUM, 502,
        "pickle data is loaded",
        PICKLE_WHY,
        "Exchange JSON or another plain format; where pickle must stay, verify a signature over the bytes first.",
    ),
    _call(
        "B302", "b302-marshal", MEDIUM, 502,
        "marshal data is loaded",
        "The format is for the interpreter's own files: hostile bytes crash it or become code objects.",
        "Exchange JSON or another plain format.",
    ),
    _call(
        "B303", "b303-md5", MEDIUM, 327,
        "MD2, MD4, MD5 or SHA-1 is used as a hash",
        "Two inputs with the same hash are cheap to make, so a signature or a fingerprint over it proves nothing.",
        "Use SHA-256 or BLAKE2, and for passwords scrypt or Argon2.",
    ),
    _call(
        "B304", "b304-b305-ciphers-and-modes", HIGH, 327,
        "a cipher that can be broken is used",
        "ARC4, DES, Blowfish and their like have short keys or blocks, or known biases, and give up what they protect.",
        "Use AES-GCM or ChaCha20-Poly1305, for example through cryptography's AESGCM or Fernet.",
    ),
    _call(
        "B305", "b304-b305-ciphers-and-modes", MEDIUM, 327,
        "the ECB mode shows where the plain text repeats",
        "Equal blocks encrypt to equal blocks, so structure shows and blocks can be moved unnoticed.",
        "Use an authenticated mode such as GCM, with a fresh nonce for each message.",
    ),
    _call(
        "B306", "b306-mktemp-q", MEDIUM, 377,
        "tempfile.mktemp gives a name that someone else can take first",
        "Between the name and the opening of the file another user can put a link there.",
        "Use tempfile.NamedTemporaryFile or tempfile.mkstemp, which create the file at once.",
    ),
    _call(
        "B307", "b307-eval", MEDIUM, 78,
        "eval runs a string as code",
        "Whoever can influence the string runs code with the rights of this program.",
        "Use ast.literal_eval for literals, json for data, and a parser of your own for expressions.",
    ),
    _call(
        "B308", "b308-mark-safe", MEDIUM, 79,
        "mark_safe turns off escaping",
        "A value that came from a user is sent as markup, and its script runs in the visitor's browser.",
        "Build the markup with django.utils.html.format_html, which escapes its arguments.",
    ),
    _call(
        "B310", "b310-urllib-urlopen", MEDIUM, 22,
        "urllib opens any scheme, file: too",
        "A URL from outside can name a local file or an internal service, and its content comes back.",
        "Check that the scheme is https and the host is expected before opening, or use an HTTP-only client.",
    ),
    _call(
        "B311", "b311-random", LOW, 330,
        "random is predictable",
        "Who sees a few values can compute the next ones, so tokens and passwords made from it can be guessed.",
        "Use the secrets module for anything that must not be guessed.",
    ),
    _call(
        "B312", "b312-telnetlib", HIGH, 319,
        "a Telnet connection is opened",
        PLAIN_WHY,
        "Use SSH, and verify the host key.",
    ),
    _call(
        "B313", "b313-b320-xml-bad-celementtree", MEDIUM, 20,
        "xml.etree.cElementTree parses XML with entities on",
        XML_WHY,
        "Parse with defusedxml.ElementTree.",
    ),
    _call(
        "B314", "b313-b320-xml-bad-elementtree", MEDIUM, 20,
        "xml.etree.ElementTree parses XML with entities on",
        XML_WHY,
        "Parse with defusedxml.ElementTree.",
    ),
    _call(
        "B315", "b313-b320-xml-bad-expatreader", MEDIUM, 20,
        "xml.sax.expatreader parses XML with entities on",
        XML_WHY,
        "Parse with defusedxml.expatreader.",
    ),
    _call(
        "B316", "b313-b320-xml-bad-expatbuilder", MEDIUM, 20,
        "xml.dom.expatbuilder parses XML with entities on",
        XML_WHY,
        "Parse with defusedxml.expatbuilder.",
    ),
    _call(
        "B317", "b313-b320-xml-bad-sax", MEDIUM, 20,
        "xml.sax parses XML with entities on",
        XML_WHY,
        "Parse with defusedxml.sax.",
    ),
    _call(
        "B318", "b313-b320-xml-bad-minidom", MEDIUM, 20,
        "xml.dom.minidom parses XML with entities on",
        XML_WHY,
        "Parse with defusedxml.minidom.",
    ),
    _call(
        "B319", "b313-b320-xml-bad-pulldom", MEDIUM, 20,
        "xml.dom.pulldom parses XML with entities on",
        XML_WHY,
        "Parse with defusedxml.pulldom.",
    ),
    _call(
        "B321", "b321-ftplib", HIGH, 319,
        "an FTP connection is opened",
        PLAIN_WHY,
        "Use SFTP or HTTPS.",
    ),
    _call(
        "B323", "b323-unverified-context", MEDIUM, 295,
        "a TLS context is made that verifies nothing",
        "Any server, or anyone on the way, can pose as the one that was meant.",
        "Use ssl.create_default_context, and add a private authority with cafile=.",
    ),
    _plugin(
        "B324", "hashlib", HIGH, 327,
        "hashlib or crypt is used with a broken hash",
        "Two inputs with the same MD5 or SHA-1 are cheap to make, and old crypt methods fall to a quick search.",
        "Use SHA-256 or BLAKE2; where security does not depend on it, say so with usedforsecurity=False.",
    ),
    _import(
        "B401", "import-telnetlib", HIGH, 319,
        "telnetlib is imported",
        PLAIN_WHY,
        "Use SSH, for example through paramiko or asyncssh.",
    ),
    _import(
        "B402", "import-ftplib", HIGH, 319,
        "ftplib is imported",
        PLAIN_WHY,
        "Use SFTP or HTTPS.",
    ),
    _import(
        "B403", "import-pickle", LOW, 502,
        "a module that loads pickle data is imported",
        PICKLE_WHY,
        "Exchange JSON or another plain format with anything outside this process.",
    ),
    _import(
        "B404", "import-subprocess", LOW, 78,
        "subprocess is imported",
        "Starting programs is where input from outside most often becomes a command.",
        "Keep it to one reviewed module that takes a list of words, a time limit and no shell.",
    ),
    _import(
        "B405", "import-xml-etree", LOW, 20,
        "xml.etree is imported",
        XML_WHY,
        "Import defusedxml.ElementTree for documents from outside.",
    ),
    _import(
        "B406", "import-xml-sax", LOW, 20,
        "xml.sax is imported",
        XML_WHY,
        "Import defusedxml.sax for documents from outside.",
    ),
    _import(
        "B407", "import-xml-expat", LOW, 20,
        "xml.dom.expatbuilder is imported",
        XML_WHY,
        "Import defusedxml.expatbuilder for documents from outside.",
    ),
    _import(
        "B408", "import-xml-minidom", LOW, 20,
        "xml.dom.minidom is imported",
        XML_WHY,
        "Import defusedxml.minidom for documents from outside.",
    ),
    _import(
        "B409", "import-xml-pulldom", LOW, 20,
        "xml.dom.pulldom is imported",
        XML_WHY,
        "Import defusedxml.pulldom for documents from outside.",
    ),
    _import(
        "B411", "import-xmlrpclib", HIGH, 20,
        "xmlrpc is imported",
        XML_WHY,
        "Call defusedxml.xmlrpc.monkey_patch() before the first use, or exchange JSON over HTTPS.",
    ),
    _import(
        "B412", "import-httpoxy", HIGH, 284,
        "a CGI handler is imported",
        "CGI turns the request header Proxy into HTTP_PROXY, so a visitor chooses where outgoing requests go.",
        "Serve through WSGI or ASGI, or drop the Proxy header at the front server.",
    ),
    _import(
        "B413", "import-pycrypto", HIGH, 327,
        "pyCrypto is imported",
        "The library had its last release in 2013, and its known holes stay open.",
        "Use cryptography; pycryptodome under its own name Cryptodome eases the move.",
    ),
    _import(
        "B415", "import-pyghmi", HIGH, 319,
        "pyghmi speaks IPMI",
        "IPMI authenticates weakly and hands password hashes to anyone who asks.",
        "Use Redfish over HTTPS, and keep management controllers on a network of their own.",
    ),
    _plugin(
        "B501", "request_with_no_cert_validation", HIGH, 295,
        "a request is sent with verify=False",
        "Any server, or anyone on the way, can pose as the one that was meant and read what is sent.",
        "Drop verify=False; for a private authority pass its bundle, verify='ca.pem'.",
    ),
    _plugin(
        "B502", "ssl_with_bad_version", HIGH, 327,
        "a TLS version is chosen that can be broken",
        "SSL 2, SSL 3 and TLS 1.0 and 1.1 let an attacker on the way recover parts of the traffic.",
        "Use ssl.create_default_context and minimum_version = TLSVersion.TLSv1_2.",
    ),
    _plugin(
        "B503", "ssl_with_bad_defaults", MEDIUM, 327,
        "a parameter defaults to a TLS version that can be broken",
        "Every caller that does not choose gets a protocol that gives up its traffic.",
        "Default to ssl.PROTOCOL_TLS_CLIENT or take an SSLContext.",
    ),
    _plugin(
        "B504", "ssl_with_no_version", LOW, 327,
        "ssl.wrap_socket is called without a TLS version",
        "The old default agrees to SSL 3 and TLS 1.0, and the function verifies nothing.",
        "Use ssl.create_default_context().wrap_socket(sock, server_hostname=...).",
    ),
    _plugin(
        "B505", "weak_cryptographic_key", MEDIUM, 326,
        "a key is made too short",
        "RSA and DSA keys under 2048 bits and curves under 224 bits are within reach of a well-funded attacker.",
        "Make RSA keys of 3072 bits or more, or use Ed25519.",
    ),
    _plugin(
        "B506", "yaml_load", MEDIUM, 20,
        "yaml.load builds any Python object the document names",
        "A tag in the document makes the loader call code, so who writes the document runs it.",
        "Use yaml.safe_load, or pass Loader=yaml.SafeLoader.",
    ),
    _plugin(
        "B507", "ssh_no_host_key_verification", HIGH, 295,
        "SSH accepts any host key",
        "Anyone on the way can pose as the server and collect the login and the commands.",
        "Load known hosts and use paramiko.RejectPolicy.",
    ),
    _plugin(
        "B508", "snmp_insecure_version_check", MEDIUM, 319,
        "SNMP version 1 or 2 is used",
        "The community string is the only password, and it travels unencrypted.",
        "Use SNMPv3 with authentication and privacy (UsmUserData with both keys).",
    ),
    _plugin(
        "B509", "snmp_crypto_check", MEDIUM, 319,
        "SNMPv3 is used without encryption",
        "Without a privacy key the content of each message travels in plain text.",
        "Give UsmUserData both an authentication key and a privacy key.",
    ),
    _plugin(
        "B601", "paramiko_calls", MEDIUM, 78,
        "a command is sent to a remote shell",
        SHELL_WHY,
        "Keep the command fixed, and quote each value with shlex.quote.",
    ),
    _plugin(
        "B602", "subprocess_popen_with_shell_equals_true", HIGH, 78,
        "subprocess is called with shell=True",
        SHELL_WHY,
        "Pass a list of words and drop shell=True.",
    ),
    _plugin(
        "B603", "subprocess_without_shell_equals_true", LOW, 78,
        "a program is started with words that may come from outside",
        "Without a shell there is no injection of commands, but a value that starts with - is still read as an option.",
        "Keep the program fixed, put -- before values, and check what may be passed.",
    ),
    _plugin(
        "B604", "any_other_function_with_shell_equals_true", LOW, 78,
        "a function is called with shell=True",
        SHELL_WHY,
        "Pass a list of words and drop shell=True; rename the parameter if it means something else.",
    ),
    _plugin(
        "B605", "start_process_with_a_shell", HIGH, 78,
        "os.system, os.popen or their like run a string in a shell",
        SHELL_WHY,
        "Use subprocess.run with a list of words.",
    ),
    _plugin(
        "B606", "start_process_with_no_shell", LOW, 78,
        "os.exec, os.spawn or os.startfile starts a program",
        "A program or an argument that comes from outside decides what runs.",
        "Use subprocess.run with a fixed program and a list of words.",
    ),
    _plugin(
        "B607", "start_process_with_partial_path", LOW, 78,
        "a program is started by a name that PATH resolves",
        "A directory that comes earlier on PATH, or the current one, can hold another program of that name.",
        "Give the absolute path, or find it once with shutil.which on a PATH that you set.",
    ),
    _plugin(
        "B608", "hardcoded_sql_expressions", MEDIUM, 89,
        "an SQL statement is put together from strings",
        "A value that holds a quote ends the literal and becomes part of the statement.",
        "Pass values as parameters of execute(); take table and column names from a fixed list.",
    ),
    _plugin(
        "B609", "linux_commands_wildcard_injection", HIGH, 155,
        "a shell wildcard is given to a command that reads options",
        "A file named like an option, such as --checkpoint-action=exec=sh, becomes one when the shell expands the star.",
        "List the files in Python and pass them after --, without a shell.",
    ),
    _plugin(
        "B610", "django_extra_used", MEDIUM, 89,
        "QuerySet.extra is given SQL that is put together",
        "Its strings go into the statement as they are, so a value in them can change it.",
        "Use annotate, F and Func expressions, or the params= and select_params= arguments.",
    ),
    _plugin(
        "B611", "django_rawsql_used", MEDIUM, 89,
        "RawSQL is given SQL that is put together",
        "Its first argument goes into the statement as it is, so a value in it can change it.",
        "Keep the statement fixed and give the values in params.",
    ),
    _plugin(
        "B612", "logging_config_insecure_listen", MEDIUM, 94,
        "logging.config.listen takes a configuration from anyone on the machine",
        "Parts of a logging configuration are evaluated as code, and the port asks for no password.",
        "Pass verify= with a function that checks a signature, or read the configuration from a file.",
    ),
    _plugin(
        "B613", "trojansource", HIGH, 838,
        "a bidirectional control character hides what the code does",
        "The line is shown in another order than it runs, so a reviewer approves code that is not there.",
        "Remove the character, or write it as an escape such as \\u202e where a string needs it.",
    ),
    _plugin(
        "B614", "pytorch_load", MEDIUM, 502,
        "torch.load unpickles the file",
        PICKLE_WHY,
        "Pass weights_only=True, or store the weights as safetensors.",
    ),
    _plugin(
        "B615", "huggingface_unsafe_download", MEDIUM, 494,
        "a model or data set is fetched without a fixed revision",
        "Who controls the repository, or takes it over, changes what the next start loads.",
        "Pass revision= with a full commit id.",
    ),
    _plugin(
        "B701", "jinja2_autoescape_false", HIGH, 94,
        "Jinja2 renders without escaping",
        "A value that came from a user is sent as markup, and its script runs in the visitor's browser.",
        "Pass autoescape=select_autoescape(), or autoescape=True.",
    ),
    _plugin(
        "B702", "use_of_mako_templates", MEDIUM, 80,
        "Mako renders without escaping",
        "A value that came from a user is sent as markup, and its script runs in the visitor's browser.",
        "Pass default_filters=['h'], and mark what is markup with | n.",
    ),
    _plugin(
        "B703", "django_mark_safe", MEDIUM, 80,
        "mark_safe is given a value that is not fixed",
        "A value that came from a user is sent as markup, and its script runs in the visitor's browser.",
        "Build the markup with django.utils.html.format_html, which escapes its arguments.",
    ),
    _plugin(
        "B704", "markupsafe_markup_xss", MEDIUM, 79,
        "Markup is given a value that is not fixed",
        "The value counts as escaped from then on, and its script runs in the visitor's browser.",
        "Use Markup('...').format(value), or escape(value), which escape what they insert.",
    ),
)  # fmt: skip

UNLISTED = Rule(
    "code/bandit-unlisted",
    MEDIUM,
    "a test of bandit that gates has no page for",
    "A newer bandit, or a plugin beside it, knows more tests than this release of gates; what they find is not dropped.",
    "Read bandit's page on the test that the message names, and update gates.",
    (DOCS,),
    CONTROL,
)  # fmt: skip

_BY_TEST = {rule.id.removeprefix("code/bandit-").upper(): rule for rule in RULES}


def rule_of(test: str) -> Rule:
    """The rule of a test id such as "B602"; `UNLISTED` for one that we do not know."""
    return _BY_TEST.get(test, UNLISTED)
