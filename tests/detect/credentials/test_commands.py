"""Passwords on command lines."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gates.core.finding import Severity
from gates.detect.credentials.commands import COMMANDS, FED, OF_WINDOWS, commands
from gates.detect.families.commands import FAMILIES, WORDS
from gates.detect.prefilter import EngineName, open_engine
from gates.detect.scan import Scanner
from tests.detect.expand import expand
from tests.detect.test_scan import family

FAMILY = next(family for family in FAMILIES if family.id == "command-password")
FORM = family("form", "(fix_[0-9]{12})")
ENGINES = {name: open_engine((FORM, FAMILY), "", name=name) for name in ("hyperscan", "re2", "re")}
PIECES = (
    " ",
    " -p ",
    " -u a:",
    "Xk3d9Lm2q",
    "'",
    '"',
    "\\",
    "\n",
    "|",
    " <<< ",
    " <<EOF\n",
    ";",
    "$(",
    "=",
    ",",
    "[",
    "- ",
    "echo ",
    "assword:\nsend ",
    "&quot;",
)
SCANNER = Scanner((FORM, FAMILY), ENGINES["hyperscan"], "", b"identity")


def found(text: str, seed: int = 0) -> list[bytes]:
    data = expand(text, seed)
    return [data[match.start : match.end] for match in SCANNER.scan(data)]


def values(text: bytes) -> list[bytes]:
    """What is read in a text where every offset may be the end of a name."""
    return [credential.value for credential in commands(text, range(1, len(text) + 1))]


@pytest.mark.parametrize(
    "text",
    [
        "sshpass -p 'Tr0ub4dor&3x' ssh a@b",
        "sshpass -pTr0ub4dor3x ssh a@b",
        "mysql -u root -p'aB3$kd92Lq' -h x",
        "RUN mysqladmin -u root -p{alnum:14} ping",
        '  "test": "mysqldump -u root -p{alnum:14} db > x.sql",',
        'os.system("mysqldump -u root -p{alnum:14} " + db)',
        "os.system(\"sshpass -p '{alnum:14}' ssh \" + host)",
        '"source": ["!mysql -u root -p{alnum:14}\\n", "x"]',
        '{"cmd": "sshpass -p \\"{alnum:14}\\" ssh x"}',
        "    command:\n      - mysqladmin\n      - ping\n      - -p{alnum:14}",
        'healthcheck: {test: ["CMD", "redis-cli", "-a", "{alnum:14}", "ping"]}',
        'exec.Command("docker", "login", "-u", user, "-p", "{alnum:14}")',
        'curl -X POST -H "Accept: x" \\\n   -u admin:{alnum:14} https://x',
        "curl -XPOST -uadmin:{alnum:14} https://x",
        "curl -u {alnum:24}: https://x",
        "curl --user 'x:{alnum:14}' y",
        "curl --user=x:{alnum:14} y",
        "wpa_passphrase home {alnum:14} > x",
        "htpasswd -nbB admin {alnum:14}",
        "htpasswd -bc /etc/x admin '{alnum:14}' # c",
        "sqlplus system/{alnum:14}@//db:1521/X",
        "sqlplus -s scott/{alnum:14}@X <<EOF",
        "expdp userid=system/{alnum:14}@X dumpfile=x",
        "net use Z: \\\\files.acme.io\\orders /user:ACME\\svc {alnum:14}",
        "net use \\\\files\\orders {alnum:14} /user:ACME\\svc",
        "net user bob {alnum:14} /add",
        "NET USER bob {alnum:14} /ADD",
        "cmdkey /add:srv /user:bob /pass:{alnum:14}",
        "schtasks /create /ru bob /rp {alnum:14} /tn x",
        '$s = ConvertTo-SecureString -String "{alnum:14}" -AsPlainText -Force',
        "$s = ConvertTo-SecureString -AsPlainText -Force -String '{alnum:14}'",
        '$s = "{alnum:14}" | ConvertTo-SecureString -AsPlainText -Force',
        "echo {alnum:14} | sudo -S apt",
        'echo -n "{alnum:14}" | docker login -u x --password-stdin',
        'echo "root:{alnum:14}" | chpasswd',
        "RUN echo 'root:{alnum:14}' | sudo chpasswd && x",
        "printf '%s\\n' '{alnum:14}' | gh auth login --with-token",
        'echo -e "{alnum:14}\\n{alnum:14}" | passwd root',
        'chpasswd <<< "root:{alnum:14}"',
        "chpasswd <<EOF\nroot:{alnum:14}\nbob:{alnum:14}\nEOF",
        "sudo -S apt update <<< {alnum:14}",
        "ftp -inv host <<EOF\nuser bob {alnum:14}\nput x",
        "quote PASS {alnum:14}",
        'spawn ssh x\nexpect "*assword:*"\nsend -- "{alnum:14}\\r"',
        "child.expect('assword: ')\nchild.sendline('{alnum:14}')",
        'tn.read_until(b"Password: ")\ntn.write(b"{alnum:14}\\n")',
        'expect { "assword:" { send "{alnum:14}\\n" } }',
        "smbclient //s/x -U 'ACME\\svc%{alnum:14}' -c ls",
        "smbclient //s/x -U svc%{alnum:14}",
        "smbclient //s/x {alnum:14} -U svc",
        "7z a -p{alnum:14} x.7z y",
        "zip -P {alnum:14} x.zip y",
        "unzip -P'{alnum:14}' x",
        "openssl enc -aes-256-cbc -in x -k {alnum:14}",
        "openssl rsa -in x -passin 'pass:{alnum:14}'",
        "openssl aes-256-cbc -K {hex:32} -iv 0",
        "useradd -p $(openssl passwd -1 {alnum:14}) bob",
        "keytool -genkey -storepass {alnum:14}",
        "snmpwalk -v3 -u x -A '{alnum:14}' -X {alnum:14} h",
        "ipmitool -I lanplus -U a -P {alnum:14} x",
        "xfreerdp /u:x /p:{alnum:14} /v:h",
        "lftp -u bob,{alnum:14} ftp.x",
        'lftp -e "open -u bob,{alnum:14} ftp.x"',
        "rclone obscure {alnum:14}",
        "security unlock-keychain -p {alnum:14} x",
        "mc alias set minio http://x:9000 admin {alnum:24}",
        "rabbitmqctl add_user bob {alnum:14}",
        "skopeo copy --src-creds=bob:{alnum:14} a b",
        "kubectl create secret generic x --from-literal=foo={alnum:14}",
        '"C:\\Program Files\\MySQL\\mysqldump.exe" -u root -p{alnum:14} db',
        "python psexec.py corp/bob:{alnum:14}@10.0.0.1",
        "Run `mysql -u root -p{alnum:14}` now",
        "<command>mysql -u root -p&apos;{alnum:14}&apos; db</command>",
        "java -jar jenkins-cli.jar -s http://x -auth bob:{alnum:14}",
        "mosquitto_pub -u bob -P {alnum:14} -t x",
        "sqlcmd -S db -U sa -P {alnum:14}^",
        "steamcmd +login bob {alnum:14} +quit",
        "http -a bob:{alnum:14} POST https://x",
        "http POST https://x -a bob:{alnum:14}",
        "db2 connect to X user bob using {alnum:14}",
        '"run": "curl -s \\\\\\n  -u bob:{alnum:14} https://x"',
        "spawn('mysql', ['-u', 'root', '-p{alnum:14}'])",
        "composer config http-basic.repo.x bob {alnum:14}",
        "bundle config gems.x.com bob:{alnum:14}",
        'sudo: echo "{alnum:14}" | kinit bob',
        'command: ["redis-server", "--requirepass", "{alnum:14}"]',
        'ENTRYPOINT ["app", "--db-password", "{alnum:14}"]',
        "spawn('app', ['--user', 'bob', '--password', '{alnum:14}'])",
        'exec.Command("app",\n    "-token",\n    "{alnum:32}",\n)',
        "args:\n  - --password\n  - {alnum:14}\n",
        'args:\n  - "--api-key"\n  - "{alnum:32}"\n',
    ],
)
def test_literal_is_found(text: str) -> None:
    for seed in range(3):
        assert found(text, seed)


@pytest.mark.parametrize(
    "text",
    [
        'sshpass -p "$SSHPASS_X9" ssh a',
        "sshpass -p ${PASS} ssh",
        'sshpass -p "{{ ansible_ssh_pass }}" ssh',
        "sshpass -f /root/.k39Dk2lqPz ssh",
        "mysql -u root -p orders{alnum:14} < dump.sql",
        'mysql -u root -p"$MYSQL_ROOT_PASSWORD" -e x',
        "mysql -h db -P 3306 -u x",
        "mysql --port=3306 -p",
        "docker run --name mysql -p 3306:3306 -e X=y mysql",
        "docker run --name mysql -p3306:3306",
        "docker run --name mongo -p 127.0.0.1:27017:27017 mongo",
        "docker run --name mongo -p localhost:27017:27017 mongo",
        "ssh -p 2222 deploy@{alnum:14}.host",
        "mkdir -p /opt/{alnum:14}",
        "nmap -p 1-65535 host",
        "curl -o Out{alnum:14} https://x",
        'curl -u "$USER:$PASS" https://x',
        "curl -u user:password https://x",
        "curl -u $(cat creds) https://x",
        'curl -u "${{ secrets.USER }}:${{ secrets.PASS }}" https://x',
        "curl --url https://x.com/{alnum:14}",
        "curl -U https://x.com:9000/{alnum:14}",
        "curl -fsSL https://deb.nodesource.com/setup_18.x | sudo -E bash -",
        "curl -sSfu https://x.com/{alnum:14}",
        "docker login -u ci --password-stdin {alnum:14}.dkr.ecr.us-east-1.amazonaws.com",
        "docker login -u AWS -p $(aws ecr get-login-password) https://1234567890.dkr.ecr",
        'echo "$PASS" | docker login -u x --password-stdin',
        'echo "${{ secrets.X }}" | docker login -u x --password-stdin',
        "cat ~/{alnum:14}.txt | docker login --password-stdin",
        "echo {alnum:14} | sudo tee /etc/machine-id",
        'echo "deb [arch=amd64] https://x.com/{alnum:14} stable" | sudo tee x',
        "grep '^{alnum:14}:' /etc/passwd | cut -d: -f1",
        "useradd -p '$6$9dk2l39$dkLqP' bob",
        "openssl rand -base64 {alnum:14}",
        "openssl enc -aes-256-cbc -pass env:{alnum:14}",
        "openssl rsa -passin pass:$PASS -in x",
        "openssl req -key {alnum:14}.pem -keyout x",
        "zip -r {alnum:14}.zip dir",
        "zip file Pq{alnum:14}",
        "7z x archive{alnum:14}.7z -o/tmp",
        "unzip -p archive.zip {alnum:14}.txt",
        "redis-cli -h host -p 6379 -n 9",
        'redis-cli -a "$REDIS_PASSWORD" ping',
        "htpasswd -c /etc/x {alnum:14}",
        'htpasswd -b /etc/x user "$PASS9dk2l39"',
        "net use Z: /delete",
        "net user bob * /add",
        "net user %USERNAME% /domain",
        "ConvertTo-SecureString $password -AsPlainText -Force",
        'ConvertTo-SecureString "$env:PASS9dk2l39" -AsPlainText -Force',
        'ConvertTo-SecureString "<{alnum:14}>" -AsPlainText -Force',
        'ConvertTo-SecureString "01000000d08c9ddf0115d1118c7a00c04fc297eb" ',
        'expect "assword:"\nsend "$password\\r"',
        'expect "assword:" { send_user "{alnum:14} not sent" }',
        'send "{alnum:14}\\r"',
        "mosquitto_pub -h x -p 1883 -t topic/{alnum:14}",
        'sqlcmd -S host -E -Q "select {alnum:14}"',
        "sqlplus /nolog @{alnum:14}.sql",
        "sqlplus / as sysdba",
        "sqlplus $USER/$PASS@DB",
        'subprocess.run(["mysql", "-u", user, "-p" + password])',
        'subprocess.run(["mysql", "-u", user, f"-p{password}"])',
        'subprocess.run(["sshpass", "-p", password, "ssh", "{alnum:14}"])',
        '"mysql": "^2.18.1",',
        "ldapsearch -x -W -D cn={alnum:14}",
        "ldapsearch -y /etc/{alnum:14} -D x",
        "smbclient //s/x -U {alnum:14}",
        "snmpwalk -v2c -c public 10.0.0.1",
        "az login --identity -u {alnum:14}",
        "az webapp create -p Plan{alnum:14}",
        'oc login -u x -p "${PASS}"',
        "git config user.name {alnum:14}",
        "npm config set registry https://x/{alnum:14}",
        "kubectl create configmap x --from-literal=foo=bar",
        'kubectl create secret generic x --from-literal=password="$PASS"',
        "kubectl create secret generic x --from-literal=password=<your-password>",
        'wpa_passphrase "$SSID" "$PSK"',
        'please log in: "docker login" first-{alnum:14}',
        "psexec \\\\host -u x -p * cmd",
        "use http Xa9dk2l39:dkLqP",
        '7z a -p"%ZIP_PASS%" x.7z',
        "net use \\\\srv\\share %NETPASS% /user:%NETUSER%",
        "sudo -S true < /dev/null",
        "sudo -S -u postgres9dk2l39 psql",
        "vault login -method=github token=x",
        "gh secret set TOKEN{alnum:14}q < file",
        "mysql -uroot -pmy-secret-pw",
        "mysql -u root -p[password] db",
        "mysqldump -p<password> db",
        "mysql -u root -pYOUR_PASSWORD db",
        "bundle config set path vendor/{alnum:14}",
        "bundle config mirror.https://rubygems.org http://localhost:9292",
        "poetry config virtualenvs.in-project {alnum:14}",
        "ftp -n host <<EOF\nuser $USER $PASS\nEOF",
        'mongodump --uri "$URI" --out {alnum:14}',
        "curl -F file=@{alnum:14}.zip -u :",
        "sudo passwd -l bob9dk2l39",
        "passwd: {alnum:14} all authentication",
        "mysql -uroot -p`cat /etc/{alnum:14}`",
        "snyk auth $SNYK_TOKEN",
        "cargo login --registry {alnum:14}",
        'command: ["redis-server", "--requirepass", "${REDIS_PASSWORD}"]',
        'command: ["redis-server", "--requirepass", "$(REDIS_PASSWORD)", "--dir", "/{alnum:14}"]',
        'add_argument("--token", "--auth-token", help="{alnum:14}")',
        '["app", "--password", "--user", "{alnum:14}"]',
        '["app", "--password", password, "{alnum:14}"]',
        '["docker", "build", "--secret", "id=npm,src={alnum:20}"]',
        '["app", "--token-file", "{alnum:32}"]',
        "args:\n  - --password\n  - --name\n  - {alnum:14}\n",
        "args:\n  - --password\n  - *password9\n",
        "* pass `--token`\n- {alnum:14} does that",
        'click.option("--password", "user_password")',
    ],
)
def test_what_is_no_literal_or_stands_elsewhere_is_left_alone(text: str) -> None:
    for seed in range(3):
        assert not found(text, seed)


@pytest.mark.parametrize("engine", ["hyperscan", "re2", "re"])
@pytest.mark.parametrize("name", sorted({*COMMANDS, *FED, *OF_WINDOWS}))
def test_every_command_is_seen_by_every_engine(engine: EngineName, name: bytes) -> None:
    prefilter = ENGINES[engine].new()
    for text in (b"$ " + name + b" -x", b"$ " + name):
        if text.endswith(b"x") or name.decode() not in WORDS:
            assert 1 in prefilter(text, True).ends


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (rb"sshpass -p Xk3\!d9Lm\$q ssh web1 ", b"Xk3!d9Lm$q"),
        (rb'mysql -p"Xk3\"d9Lm2q" ', b'Xk3"d9Lm2q'),
        (b"mysql -p'Xk3d9 Lm2q' ", b""),
        (b"curl -u bob:Xk3:d9Lm2q https://corp.internal ", b"Xk3:d9Lm2q"),
        (b"echo 'bob:Xk3d9Lm2q\\n' | chpasswd ", b"Xk3d9Lm2q"),
        (b'expect "assword:"\nsend "Xk3d9Lm2q\\r\\n" ', b"Xk3d9Lm2q"),
    ],
)
def test_value_is_what_the_shell_makes_of_it(text: bytes, value: bytes) -> None:
    assert set(values(text)) == ({value} if value else set())


def test_a_list_of_packages_costs_no_more_than_its_length() -> None:
    assert values(b"apt-get install " + b"curl mysql openssl " * 2000) == []


def test_a_long_value_is_a_token() -> None:
    (match,) = SCANNER.scan(expand("docker login -u AWS -p {b64url:400} corp.internal\n"))
    assert match.severity == Severity.HIGH


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from([*PIECES, *(name.decode() for name in sorted(COMMANDS))]), max_size=30).map("".join))
def test_reader_yields_values_of_the_text_whatever_that_is(text: str) -> None:
    data = text.encode()
    for credential in commands(data, range(1, len(data) + 1)):
        assert 0 <= credential.start < credential.end <= len(data)
        assert credential.value


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_reader_bears_any_bytes(data: bytes) -> None:
    assert all(0 <= credential.start < credential.end <= len(data) for credential in commands(data, range(1, len(data) + 1)))
