//! Everything besides the data plane: lists, profiles, access, credentials, TLS, the proxy.

use super::*;

#[test]
fn profiles_are_listed_by_page_and_found_by_id_and_arn() {
    let fake = FakeBedrock::start();
    fake.page_size(3);
    fake.expect_repeatedly(list_inference_profiles());
    fake.expect_repeatedly(get_inference_profile());
    let (mut ids, mut target) = (Vec::new(), "/inference-profiles?type=SYSTEM_DEFINED".to_owned());
    loop {
        let page = ask(&fake, "eu-central-1", "GET", &target, "").json();
        let summaries = page["inferenceProfileSummaries"].as_array().unwrap();
        assert!(summaries.len() <= 3);
        ids.extend(summaries.iter().map(|summary| summary["inferenceProfileId"].as_str().unwrap().to_owned()));
        let Some(token) = page["nextToken"].as_str() else { break };
        target = format!("/inference-profiles?type=SYSTEM_DEFINED&nextToken={token}");
    }
    assert_eq!(ids.len(), 9);
    assert!(ids.contains(&"eu.amazon.nova-lite-v1:0".to_owned()) && !ids.iter().any(|id| id.starts_with("us.")));
    let arn =
        "arn%3Aaws%3Abedrock%3Aeu-central-1%3A111122223333%3Ainference-profile%2Fglobal.anthropic.claude-opus-4-7";
    let profile = ask(&fake, "eu-central-1", "GET", &format!("/inference-profiles/{arn}"), "").json();
    assert_eq!(profile["models"][1]["modelArn"], "arn:aws:bedrock:::foundation-model/anthropic.claude-opus-4-7");
    let missing = ask(&fake, "eu-central-1", "GET", "/inference-profiles/us.anthropic.claude-opus-4-7", "");
    assert_eq!((missing.status, missing.message().as_str()), (404, "The specified resource could not be found"));
}

#[test]
fn an_application_profile_lives_from_create_to_delete() {
    let fake = FakeBedrock::start();
    let source = "arn:aws:bedrock:us-east-1:111122223333:inference-profile/us.amazon.nova-lite-v1:0";
    let send = |expected: Expected, method: &str, target: &str, body: Value| {
        fake.expect(expected);
        ask(&fake, "us-east-1", method, target, &if body.is_null() { String::new() } else { body.to_string() })
    };
    let body = json!({"inferenceProfileName": "team", "modelSource": {"copyFrom": source}, "tags": [{"key": "a", "value": "1"}]});
    let created = send(create_inference_profile(), "POST", "/inference-profiles", body.clone());
    assert_eq!(created.status, 201);
    let arn = created.json()["inferenceProfileArn"].as_str().unwrap().to_owned();
    let twice = send(create_inference_profile(), "POST", "/inference-profiles", body);
    assert_eq!(twice.header("x-amzn-errortype").unwrap().split(':').next(), Some("ConflictException"));

    assert_eq!(converses(&fake, "us-east-1", &arn, HELLO).status, 200);
    send(tag_resource(), "POST", "/tagResource", json!({"resourceARN": arn, "tags": [{"key": "b", "value": "2"}]}));
    send(untag_resource(), "POST", "/untagResource", json!({"resourceARN": arn, "tagKeys": ["a"]}));
    let tags = send(list_tags_for_resource(), "POST", "/listTagsForResource", json!({"resourceARN": arn}));
    assert_eq!(tags.json(), json!({"tags": [{"key": "b", "value": "2"}]}));
    let list = send(list_inference_profiles(), "GET", "/inference-profiles?type=APPLICATION", Value::Null).json();
    assert_eq!(list["inferenceProfileSummaries"][0]["models"].as_array().unwrap().len(), 3);

    let target = format!("/inference-profiles/{}", arn.replace(':', "%3A").replace('/', "%2F"));
    assert_eq!(send(delete_inference_profile(), "DELETE", &target, Value::Null).status, 200);
    assert_eq!(converses(&fake, "us-east-1", &arn, HELLO).status, 404);
    let arn = fake.application_profile("given", source, "us-east-1");
    assert_eq!(converses(&fake, "us-east-1", &arn, HELLO).status, 200);
}

#[test]
fn access_is_told_as_aws_tells_it() {
    let fake = FakeBedrock::start();
    fake.expect_repeatedly(get_foundation_model_availability());
    fake.expect_repeatedly(get_use_case_for_model_access());
    fake.expect(list_foundation_models());
    let get = |target: &str| ask(&fake, "us-east-1", "GET", target, "");
    let agreement =
        || get("/foundation-model-availability/amazon.nova-lite-v1%3A0").json()["agreementAvailability"].clone();
    assert_eq!(agreement()["status"], "AVAILABLE");
    fake.without_agreement("amazon.nova-lite-v1:0");
    assert_eq!(agreement()["status"], "NOT_AVAILABLE");
    assert_eq!(get("/use-case-for-model-access").status, 404);
    fake.use_case_sent();
    assert_eq!(get("/use-case-for-model-access").status, 200);
    let models = get("/foundation-models").json();
    let nova =
        models["modelSummaries"].as_array().unwrap().iter().find(|it| it["modelId"] == "amazon.nova-2-lite-v1:0");
    assert_eq!(nova.unwrap()["inferenceTypesSupported"], json!(["INFERENCE_PROFILE"]));
}

#[test]
fn credentials_come_from_sts_an_instance_and_a_container() {
    let fake = FakeBedrock::start();
    fake.expect(get_caller_identity());
    let form = "Action=GetCallerIdentity&Version=2011-06-15";
    let headers = signed_headers(&fake.address(), ("POST", "/", form), ENVIRONMENT, ("us-east-1", "sts"));
    let identity = raw(&fake, "POST", "/", &headers, form).body;
    assert!(String::from_utf8(identity).unwrap().contains("<Account>111122223333</Account>"));

    for (expected, action) in
        [(assume_role(), "AssumeRole"), (assume_role_with_web_identity(), "AssumeRoleWithWebIdentity")]
    {
        fake.expect(expected);
        let form = format!("Action={action}&Version=2011-06-15&RoleSessionName=a+b");
        let headers = signed_headers(&fake.address(), ("POST", "/", &form), ENVIRONMENT, ("us-east-1", "sts"));
        let answer = String::from_utf8(raw(&fake, "POST", "/", &headers, &form).body).unwrap();
        assert!(answer.contains(&format!("<{action}Result><Credentials><AccessKeyId>{}<", ROLE.0)), "{answer}");
    }

    fake.expect(get_role_credentials());
    let target = "/federation/credentials?role_name=developer&account_id=111122223333";
    assert_eq!(raw(&fake, "GET", target, &[], "").json()["roleCredentials"]["sessionToken"], json!(ROLE.2));

    fake.expect(container_credentials());
    assert_eq!(raw(&fake, "GET", "/container-credentials", &[], "").json()["SecretAccessKey"], ROLE.1);

    fake.expect_repeatedly(instance_credentials());
    let role = "/latest/meta-data/iam/security-credentials/instance-role";
    assert_eq!(raw(&fake, "GET", role, &[], "").status, 401);
    let token = String::from_utf8(raw(&fake, "PUT", "/latest/api/token", &[], "").body).unwrap();
    assert_eq!(raw(&fake, "GET", role, &[("x-aws-ec2-metadata-token", token)], "").json()["AccessKeyId"], ROLE.0);
}

#[test]
fn tls_is_for_those_who_trust_the_authority_also_through_a_proxy() {
    let fake = FakeBedrock::start_tls();
    let proxy = Proxy::to(&fake.address());
    fake.expect(container_credentials());
    let name = "bedrock-runtime.eu-central-1.amazonaws.com";
    let get = |roots: RootCertStore| {
        let mut tunnel = TcpStream::connect(proxy.url().strip_prefix("http://").unwrap()).unwrap();
        write!(tunnel, "CONNECT {name}:443 HTTP/1.1\r\nhost: {name}:443\r\n\r\n").unwrap();
        let mut answer = [0; 39];
        tunnel.read_exact(&mut answer).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let settings = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let settings = settings.with_root_certificates(roots).with_no_client_auth();
        let client = ClientConnection::new(Arc::new(settings), ServerName::try_from(name).unwrap()).unwrap();
        let mut stream = StreamOwned::new(client, tunnel);
        write!(stream, "GET /container-credentials HTTP/1.1\r\nhost: {name}\r\nconnection: close\r\n\r\n")?;
        Ok::<_, io::Error>(read(stream))
    };
    assert!(get(RootCertStore::empty()).is_err());
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(fake.authority().as_bytes()).unwrap()).unwrap();
    assert_eq!(get(roots).unwrap().status, 200);
    assert_eq!(proxy.passed(), [format!("CONNECT {name}:443"), format!("CONNECT {name}:443")]);
}

#[test]
fn a_proxy_passes_plain_requests_on_or_refuses_them() {
    let fake = FakeBedrock::start();
    fake.expect(container_credentials());
    let send = |proxy: &Proxy| {
        let mut stream = TcpStream::connect(proxy.url().strip_prefix("http://").unwrap()).unwrap();
        write!(stream, "GET http://anywhere.test/container-credentials HTTP/1.1\r\nhost: anywhere.test\r\n\r\n")
            .unwrap();
        read(stream)
    };
    let proxy = Proxy::to(&fake.address());
    assert_eq!(send(&proxy).json()["Code"], "Success");
    assert_eq!(proxy.passed(), ["GET http://anywhere.test/container-credentials"]);
    assert_eq!(send(&Proxy::refusing(407)).status, 407);
}
