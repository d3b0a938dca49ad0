"""Credentials of Amazon Web Services."""

from __future__ import annotations

from gates.core.finding import Severity
from gates.detect.families.context import REST_OF_NAME, TO_VALUE, UUID, named
from gates.detect.family import Family

# aws_secret_access_key and its many spellings, or the second column behind a key id.
_NAMED = named("aws|amazon|boto|s3|A[KS]IA[A-Z2-7]{16}", "secret|private|sec_?key")
_ON_ITS_OWN = f"(?i:secret_?-?access_?-?key){REST_OF_NAME}{TO_VALUE}"
_SECOND_COLUMN = "A[KS]IA[A-Z2-7]{16}[ \\t\\r\\n\"',:;|]{1,12}"

FAMILIES = (
    Family(
        id="aws-access-key-id",
        provider="Amazon Web Services",
        title="an AWS access key id",
        severity=Severity.HIGH,
        pattern="(AKIA[A-Z2-7]{16})",
        prefix="AKIA",
        remedy="deactivate and delete the access key in IAM, then read CloudTrail for what it did",
        url="https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html",
        matches=("AKIA{base32:16}",),
        ignores=(
            "AKIA{base32:15}",
            "AKIA{base32:17}",
            "AKIA{base32:9}EXAMPLE",
        ),
        check="aws-key-id",
    ),
    Family(
        id="aws-appsync",
        provider="Amazon Web Services",
        title="an AWS AppSync API key",
        severity=Severity.MEDIUM,
        pattern="(da2-[a-z0-9]{26})",
        prefix="da2-",
        remedy="delete the API key in the settings of the AppSync API",
        url="https://docs.aws.amazon.com/appsync/latest/devguide/security-authz.html",
        matches=("da2-{lalnum:26}",),
        ignores=(
            "da2-{lalnum:25}",
            "da2-{lalnum:27}",
        ),
    ),
    Family(
        id="aws-bedrock-long",
        provider="Amazon Web Services",
        title="an Amazon Bedrock long-term API key",
        severity=Severity.CRITICAL,
        pattern="(ABSKQmVkcm9ja0FQSUtleS[A-Za-z0-9+/]{86,250}={0,2})",
        prefix="ABSK",
        remedy="delete the Bedrock API key in IAM, under the user's service-specific credentials",
        url="https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys-revoke.html",
        matches=(
            "ABSKQmVkcm9ja0FQSUtleS{alnum:110}=",
            "{bedrock}",
        ),
        ignores=(
            "ABSKQmVkcm9ja0FQSUtleS{alnum:80}",
            "ABSK{alnum:130}",
        ),
        check="bedrock",
    ),
    Family(
        id="aws-bedrock-short",
        provider="Amazon Web Services",
        title="an Amazon Bedrock short-term API key",
        severity=Severity.HIGH,
        pattern="(bedrock-api-key-YmVkcm9jay5hbWF6b25hd3MuY29t[A-Za-z0-9+/_-]{80,1000}[A-Za-z0-9+/_-]{0,1000}={0,2})",
        prefix="bedrock-api-key-",
        remedy="delete the Bedrock API key in IAM, under the user's service-specific credentials",
        url="https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys-revoke.html",
        matches=("bedrock-api-key-YmVkcm9jay5hbWF6b25hd3MuY29tLz9BY3Rpb249{alnum:120}",),
        ignores=(
            "bedrock-api-key-YmVkcm9jay5hbWF6b25hd3MuY29t{alnum:70}",
            "bedrock-api-key-{alnum:120}",
        ),
    ),
    Family(
        id="aws-mws",
        provider="Amazon Web Services",
        title="an Amazon MWS auth token",
        severity=Severity.HIGH,
        pattern=r"(amzn\.mws\." + UUID + ")",
        prefix="amzn.mws.",
        remedy="revoke the developer's authorisation in Seller Central",
        url="https://developer-docs.amazon.com/sp-api/docs/authorizing-selling-partner-api-applications",
        matches=("amzn.mws.{uuid}",),
        ignores=(
            "amzn.mws.{hex:32}",
            "amzn-mws-{uuid}",
        ),
    ),
    Family(
        id="aws-secret-key",
        provider="Amazon Web Services",
        title="an AWS secret access key",
        severity=Severity.CRITICAL,
        pattern=f"(?:{_NAMED}|{_ON_ITS_OWN}|{_SECOND_COLUMN})([A-Za-z0-9+/]{{40}})",
        prefix="",
        remedy="deactivate and delete the access key in IAM, then read CloudTrail for what it did",
        url="https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html",
        matches=(
            "aws_secret_key = {b64:40}",
            'AWS_SECRET_ACCESS_KEY="{b64:40}"',
            '"SecretAccessKey": "{b64:40}"',
            "AKIA{base32:16},{b64:40}",
            "aws_secret={b64:40}",
        ),
        ignores=(
            "digest = {b64:40}",
            "aws_secret_key = {b64:39}",
            "aws_secret_key = {alnum:41}",
            "secretKeySelector = {alnum:40}",
        ),
        check="aws-secret",
    ),
    Family(
        id="aws-session-token",
        provider="Amazon Web Services",
        title="an AWS session token",
        severity=Severity.HIGH,
        pattern="((?:IQoJb3JpZ2lu|FwoGZXIvYXdz|FQoGZXIvYXdz)[A-Za-z0-9+/%]{150,1000}[A-Za-z0-9+/%]{0,1000}={0,2})",
        prefix="",
        remedy="revoke the role's active sessions in IAM; the credentials expire by themselves within hours",
        url="https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_revoke-sessions.html",
        matches=("IQoJb3JpZ2luX2Vj{b64:300}",),
        ignores=(
            "IQoJb3JpZ2lu{b64:140}",
            "AQoJb3JpZ2lu{b64:300}",
        ),
    ),
    Family(
        id="aws-sts-key-id",
        provider="Amazon Web Services",
        title="an AWS temporary access key id",
        severity=Severity.MEDIUM,
        pattern="(ASIA[A-Z2-7]{16})",
        prefix="ASIA",
        remedy="revoke the role's active sessions in IAM; the credentials expire by themselves within hours",
        url="https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_revoke-sessions.html",
        matches=("ASIA{base32:16}",),
        ignores=(
            "ASIA{base32:15}",
            "ASIA{base32:17}",
        ),
        check="aws-key-id",
    ),
)
