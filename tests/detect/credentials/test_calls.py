"""Passwords and keys among the arguments of calls."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gates.detect.credentials.calls import PLACES, calls
from gates.detect.families.commands import FAMILIES
from gates.detect.prefilter import EngineName, open_engine
from gates.detect.scan import Scanner
from tests.detect.expand import expand
from tests.detect.test_scan import family

FAMILY = next(family for family in FAMILIES if family.id == "call-password")
FORM = family("form", "(fix_[0-9]{12})")
ENGINES = {name: open_engine((FORM, FAMILY), "", name=name) for name in ("hyperscan", "re2", "re")}
PIECES = (
    "(",
    ")",
    "[",
    "]",
    ", ",
    '"',
    "'",
    "Xk3d9Lm2qPw",
    "\\",
    "\n",
    "=",
    "=> [",
    "f(",
    "b",
    "[]byte(",
    ".getBytes()",
    ".toCharArray(",
    ";",
    "+",
    "new ",
)
SCANNER = Scanner((FORM, FAMILY), ENGINES["hyperscan"], "", b"identity")


def found(text: str, seed: int = 0) -> list[bytes]:
    data = expand(text, seed)
    return [data[match.start : match.end] for match in SCANNER.scan(data)]


@pytest.mark.parametrize(
    "text",
    [
        'requests.get(url, auth=("robot", "{alnum:14}"))',
        'r = requests.get(\n    url,\n    auth=HTTPBasicAuth("robot", "{alnum:14}"),\n)',
        "'auth' => ['robot', '{alnum:14}'],",
        '$c = mysqli_connect("localhost", "root", "{alnum:14}", "db");',
        "$c = new mysqli('localhost', 'root', '{alnum:14}', 'db');",
        '$p = new PDO("mysql:host=x;dbname=$db", "root", \'{alnum:14}\');',
        'Connection c = DriverManager.getConnection("jdbc:mysql://x/db", "root", "{alnum:14}");',
        'c = DriverManager.getConnection(\n    URL,\n    "root",\n    "{alnum:14}"\n);',
        'new NetworkCredential("bob", "{alnum:14}", "CORP");',
        'credentials += Credentials("Sonatype Nexus", "nexus.x.com", "bob", "{alnum:14}")',
        'new UsernamePasswordCredentials("bob", "{alnum:14}")',
        'req.SetBasicAuth("bob", "{alnum:14}")',
        'client.get(url).basic_auth("bob", Some("{alnum:14}"))',
        'req.basic_auth "bob", "{alnum:14}"',
        "req.basic_auth 'bob', '{alnum:14}'",
        'ftp.login("bob", "{alnum:14}")',
        "server.login('bob@x.com', '{alnum:14}')",
        'l.simple_bind_s("cn=admin,dc=x", "{alnum:14}")',
        "crypto.createHmac('sha256', '{alnum:24}').update(x)",
        'hmac.new(b"{alnum:24}", msg, hashlib.sha256)',
        'mac := hmac.New(sha256.New, []byte("{alnum:24}"))',
        "jwt.sign({ id: u.id, x: [1,2] }, '{alnum:24}', { expiresIn: 1 })",
        'jwt.encode({"a": f(1, 2)}, "{alnum:24}", algorithm="HS256")',
        "JWT::encode($payload, '{alnum:24}', 'HS256')",
        "crypto.createCipheriv('aes-256-cbc', '{alnum:32}', iv)",
        "crypto.createCipheriv('aes-256-cbc', Buffer.from('{alnum:32}', 'hex'), iv)",
        'AES.new("{alnum:24}", AES.MODE_CBC)',
        "cipher = AES.new(b'{alnum:24}', AES.MODE_CBC, iv)",
        'Fernet(b"{b64url:43}=")',
        'CryptoJS.AES.encrypt(JSON.stringify({a: 1}), "{alnum:24}").toString()',
        "app.use(cookieParser('{alnum:24}'))",
        'WiFi.begin("home", "{alnum:14}");',
        "wlan.connect('home', '{alnum:14}')",
        'store := sessions.NewCookieStore([]byte("{alnum:24}"))',
        'smtp.PlainAuth("", "bob@x.com", "{alnum:14}", "smtp.x.com")',
        'ks.load(new FileInputStream("x.jks"), "{alnum:14}".toCharArray());',
        'kmf.init(ks, "{alnum:14}".toCharArray());',
        'new PasswordAuthentication("bob", "{alnum:14}".toCharArray())',
        'new BasicAWSCredentials("AKIAX", "{alnum:40}")',
        'redis.auth("{alnum:14}")',
        "hash_hmac('sha256', $data, '{alnum:24}')",
        'new SecretKeySpec("{alnum:24}".getBytes(), "AES")',
        'new SecretKeySpec("{alnum:24}".getBytes(StandardCharsets.UTF_8), "AES")',
        'new SymmetricSecurityKey(Encoding.UTF8.GetBytes("{alnum:24}"))',
        'token.SignedString([]byte("{alnum:24}"))',
        "OpenSSL::HMAC.hexdigest('sha256', '{alnum:24}', data)",
        'Algorithm.HMAC256("{alnum:24}")',
        'Jwts.builder().setSubject(x).signWith(SignatureAlgorithm.HS512, "{alnum:24}").compact()',
        'db = pymysql.connect("localhost", "root", "{alnum:14}", "db")',
        "new Sequelize('db', 'root', '{alnum:14}', { dialect: 'x' })",
        'DBI->connect("dbi:mysql:x", "root", "{alnum:14}")',
        "my $dbh = DBI->connect($dsn, 'root', '{alnum:14}', { RaiseError => 1 });",
        'ftp_login($c, "bob", "{alnum:14}")',
        'client.username_pw_set("bob", "{alnum:14}")',
        "openssl_encrypt($data, 'aes-256-cbc', '{alnum:24}', 0, $iv)",
        'ssh.Password("{alnum:14}")',
        'bcrypt.hashSync("{alnum:14}", 10)',
        'User.objects.create_superuser("admin", "a@x.com", "{alnum:14}")',
        'minio.New(x, &Options{Creds: credentials.NewStaticV4("minio", "{alnum:24}", "")})',
        'db.auth("admin", "{alnum:14}")',
        'new ethers.Wallet("0x{hex:64}", provider)',
        'web3.eth.accounts.privateKeyToAccount("0x{hex:64}")',
        'given().auth().preemptive().basic("bob", "{alnum:14}")',
        'conn = cx_Oracle.connect("bob", "{alnum:14}", "db:1521/X")',
        'ssh.connect("10.0.0.1", 22, "root", "{alnum:14}")',
        'self.ssh_client.connect("10.0.0.1", 22, "root", "{alnum:14}", timeout=5)',
        'conn = psycopg2.connect(None, "bob", "{alnum:14}")',
        'r = redis.Redis("localhost", 6379, 0, "{alnum:14}")',
        'r = redis.StrictRedis("localhost", 6379, 0, "{alnum:14}", decode_responses=True)',
        'client = Client("AC{hex:32}", "{hex:32}")',
        "const client = require('twilio')('AC{hex:32}', '{hex:32}');",
        'Twilio.init("AC{hex:32}",\n    "{hex:32}");',
        'conn.Open "Provider=SQLOLEDB;Data Source=10.0.0.1;", "svc", "{alnum:14}"',
        'conn.Open "DSN=shop", "svc", "{alnum:14}"\r\n',
        'Set conn = CreateObject("ADODB.Connection")\nconn.Open "DSN=shop", "svc", "{alnum:14}"',
        'conn.Open("Driver={SQL Server};Server=db;", "svc", "{alnum:14}");',
        "SELECT pgp_sym_encrypt(note, '{alnum:14}') FROM customers;",
        "SELECT pgp_sym_decrypt(note::bytea, '{alnum:14}') FROM customers;",
        "SELECT AES_DECRYPT(card_no, '{alnum:24}') FROM customers;",
        "INSERT INTO c VALUES (AES_ENCRYPT('x', '{alnum:24}'));",
        "SELECT ENCRYPTBYPASSPHRASE('{alnum:14}', ssn) FROM customers;",
    ],
)
def test_literal_is_found(text: str) -> None:
    for seed in range(3):
        assert found(text, seed)


@pytest.mark.parametrize(
    "text",
    [
        "requests.get(url, auth=(user, password))",
        "new Wallet(process.env.PRIVATE_KEY)",
        'Wallet("0x{hex:40}")',
        'requests.get(url, auth=("user", "pass"))',
        'requests.get(url, auth=(os.environ["U9dk2"], os.environ["P{alnum:14}"]))',
        'requests.get(url, auth=("user", os.environ["P{alnum:14}"]))',
        'requests.get(url, auth=("user", get_secret("P{alnum:14}")))',
        'mysqli_connect($h, $u, getenv("P{alnum:14}"))',
        'mysqli_connect("localhost", "root", "")',
        'new PDO($dsn, $user, "$P{alnum:14}")',
        'new PDO("mysql:host={alnum:14};dbname=Pq{alnum:14}", $user, $pass)',
        'login("{alnum:14}", password)',
        'login(user, "{alnum:14}")',
        "$('#x').bind(\"{alnum:14}\", fn)",
        "passport.authenticate('google9dk2l39', { x: 1 })",
        'router.authenticate("local", "failureRedirect")',
        'connect("{alnum:14}", "{alnum:14}")',
        "jwt.sign(payload, process.env.JWT_{alnum:14})",
        'jwt.verify("{alnum:14}", key)',
        "jwt.sign(payload, 'your-256-bit-secret')",
        "createHmac('sha256', secret).update(\"{alnum:14}\")",
        'hmac.new(key, b"{alnum:14}", hashlib.sha1)',
        "createCipheriv('aes-256-gcm', key, iv)",
        "createCipheriv('aes-128-cbc', '0123456789abcdef', iv)",
        'AES.new(key, AES.MODE_CBC, b"{alnum:14}")',
        'AES.new(b"Sixteen byte key", AES.MODE_EAX)',
        "Fernet(key)",
        "Fernet(Fernet.generate_key())",
        'CryptoJS.AES.encrypt("{alnum:14}", key)',
        'CryptoJS.AES.decrypt("{alnum:14}", "secret key 123")',
        "WiFi.begin(ssid, password)",
        'WiFi.begin("your-ssid", "your-password")',
        "cookieParser(process.env.X{alnum:14})",
        '"abcdefghijklmnopqrstuvwxyzABCDEF0123456789".toCharArray();',
        'for (char c : "{alnum:14}".toCharArray()) load(c)',
        'ks.load(stream, "changeit".toCharArray())',
        "ks.load(stream, password.toCharArray())",
        'load("{alnum:14}.jks"); "".toCharArray()',
        'Credentials(token="9dk2", b="x")',
        'credentials = ["{alnum:14}", "scope"]',
        "from_credentials('{alnum:14}')",
        'auth: ["9dk2", "read-write-scope"]',
        '"auth": ["bearer", "oauth2ClientCredentials"]',
        "hash_hmac('sha256', '{alnum:14}', $key)",
        "password_hash($_POST['P{alnum:14}'], PASSWORD_DEFAULT)",
        "make_password(None)",
        'get_connection("{alnum:14}")',
        'getConnection("jdbc:mysql://db/{alnum:14}")',
        "DriverManager.getConnection(url, props)",
        'DriverManager.getConnection("jdbc:h2:mem:{alnum:14}", "sa", "")',
        'ftp("host", "anonymous", "anonymous@example.com")',
        'smtplib.login(f"{u9dk2}", f"{p{alnum:14}}")',
        "server.login(`${user}`, `${pass9dk2l39}`)",
        'create_user("9dk2l39", email, password)',
        'add_user("{alnum:14}", role)',
        'ldap_bind($c, "cn={alnum:14}", $pass)',
        'SetBasicAuth(username, "x-oauth-basic")',
        'basic_auth "user", ENV["P{alnum:14}"]',
        'hashpw(b"password", salt)',
        'new SecretKeySpec(keyBytes, "{alnum:14}")',
        'BasicAuth("realm9dk2l39", validator)',
        'new_cipher("AES-256-9dk2l39")',
        'NewStaticCredentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "")',
        "db2_connect($conn_string, '', '')",
        "oauth.set_access_token(t, s{alnum:14})",
        'Sequelize(process.env.DB, process.env.U, process.env.P, {dialect: "Pq{alnum:14}"})',
        'bind("{alnum:14}" + x, "{alnum:14}")',
        'ssh.connect("10.0.0.1", 22, "root", os.environ["P{alnum:14}"])',
        'redis.Redis("localhost", 6379, 0)',
        'Client("AC{hex:32}", token)',
        'assert sids == ["AC{hex:32}", "SM{hex:32}"]',
        'file.Open "notes.txt", "{alnum:14}", "{alnum:14}"',
        'conn.Open "DSN=shop", user, password',
        "SELECT AES_DECRYPT(card_no, @key) FROM customers;",
        "SELECT pgp_sym_encrypt('{alnum:14}', key) FROM customers;",
    ],
)
def test_what_is_no_literal_or_stands_elsewhere_is_left_alone(text: str) -> None:
    for seed in range(3):
        assert not found(text, seed)


@pytest.mark.parametrize("engine", ["hyperscan", "re2", "re"])
@pytest.mark.parametrize("name", sorted(PLACES))
def test_every_function_is_seen_by_every_engine(engine: EngineName, name: str) -> None:
    prefilter = ENGINES[engine].new()
    for spelt in (name, name.replace("_", "").upper(), name.title().replace("_", "").replace(".", "::"), name.replace(".", "->")):
        assert 1 in prefilter(f'x = {spelt}("a", "b")'.encode(), True).ends


def test_the_argument_in_its_place_is_the_one() -> None:
    data = expand('new PDO("{alnum:14}", "{alnum:14}", "{alnum:14}")')
    assert [data[match.start : match.end] for match in SCANNER.scan(data)] == [data.split(b'"')[5]]
    assert found('jwt.sign("{alnum:32}", key)') == []


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from([*PIECES, *sorted(PLACES)]), max_size=30).map("".join))
def test_reader_yields_values_of_the_text_whatever_that_is(text: str) -> None:
    data = text.encode()
    for credential in calls(data, range(1, len(data) + 1)):
        assert 0 <= credential.start < credential.end <= len(data)
        assert credential.value


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_reader_bears_any_bytes(data: bytes) -> None:
    assert all(0 <= credential.start < credential.end <= len(data) for credential in calls(data, range(1, len(data) + 1)))
