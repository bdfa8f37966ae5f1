//! Sources of credentials: STS, the portal of single sign-on, instance metadata, a container.

use serde_json::json;

use super::http::{Request, Response};
use super::operation::Operation;
use super::rules::ACCOUNT;
use super::signature::ROLE;

const EXPIRES: &str = "2099-01-01T00:00:00Z";

/// The session token of the instance metadata service.
const INSTANCE_TOKEN: &str = "instance-metadata-token";
/// The role of the instance.
const INSTANCE_ROLE: &str = "instance-role";

/// Answers an operation that returns credentials or the caller's identity.
pub fn answer(operation: Operation, request: &Request) -> Response {
    match operation {
        Operation::GetCallerIdentity => xml(
            operation,
            &format!(
                "<Arn>arn:aws:sts::{ACCOUNT}:assumed-role/developer/someone</Arn>\
                 <UserId>AROAEXAMPLE:someone</UserId><Account>{ACCOUNT}</Account>"
            ),
        ),
        Operation::AssumeRole | Operation::AssumeRoleWithWebIdentity => assumed(operation),
        Operation::GetRoleCredentials => {
            let (id, secret, token) = ROLE;
            let expires = 4_070_908_800_000_u64;
            let credentials =
                json!({"accessKeyId": id, "secretAccessKey": secret, "sessionToken": token, "expiration": expires});
            Response::new(200, "application/json", json!({ "roleCredentials": credentials }).to_string())
        }
        Operation::InstanceCredentials => instance(request),
        Operation::ContainerCredentials => Response::new(200, "application/json", role()),
        _ => panic!("{operation:?} gives no credentials"),
    }
}

fn assumed(operation: Operation) -> Response {
    let (id, secret, token) = ROLE;
    let token = token.unwrap_or_default();
    let result = format!(
        "<Credentials><AccessKeyId>{id}</AccessKeyId><SecretAccessKey>{secret}</SecretAccessKey>\
         <SessionToken>{token}</SessionToken><Expiration>{EXPIRES}</Expiration></Credentials>\
         <AssumedRoleUser><AssumedRoleId>AROAEXAMPLE:session</AssumedRoleId>\
         <Arn>arn:aws:sts::{ACCOUNT}:assumed-role/role/session</Arn></AssumedRoleUser>"
    );
    xml(operation, &result)
}

fn instance(request: &Request) -> Response {
    let text = |status, body: &str| Response::new(status, "text/plain", body);
    if request.method == "PUT" {
        let mut answer = text(200, INSTANCE_TOKEN);
        answer.set("X-aws-ec2-metadata-token-ttl-seconds", "21600");
        return answer;
    }
    if request.header("x-aws-ec2-metadata-token") != Some(INSTANCE_TOKEN) {
        return text(401, "");
    }
    let path = request.path().trim_end_matches('/');
    match path.strip_prefix("/latest/meta-data/iam/security-credentials") {
        Some("") => text(200, INSTANCE_ROLE),
        Some(name) if name.trim_start_matches('/') == INSTANCE_ROLE => Response::new(200, "application/json", role()),
        _ => text(404, ""),
    }
}

fn role() -> String {
    let (id, secret, token) = ROLE;
    json!({
        "AccessKeyId": id,
        "Code": "Success",
        "Expiration": EXPIRES,
        "LastUpdated": "2026-01-01T00:00:00Z",
        "SecretAccessKey": secret,
        "Token": token,
        "Type": "AWS-HMAC",
    })
    .to_string()
}

fn xml(operation: Operation, result: &str) -> Response {
    let body = format!(
        "<{operation:?}Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
         <{operation:?}Result>{result}</{operation:?}Result>\
         <ResponseMetadata><RequestId>00000000-0000-4000-8000-000000000000</RequestId></ResponseMetadata>\
         </{operation:?}Response>"
    );
    Response::new(200, "text/xml", body)
}
