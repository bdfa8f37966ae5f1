//! Examples of requests to Converse, in Python. They are values, because the braces in them would be placeholders.

use super::template::Values;

/// Returns a call of Converse.
pub(super) fn of_converse(values: &Values) -> String {
    let model = ["suggested", "model"].iter().find_map(|name| values.get(name)).unwrap_or("MODEL_ID");
    format!(r#"client.converse(modelId="{model}", messages=[{{"role": "user", "content": [{{"text": "hello"}}]}}])"#)
}

/// Returns how the member at this path of a request is written, or a call of Converse.
pub(super) fn of_member(path: &str, values: &Values) -> String {
    let last = path.rsplit('.').next().unwrap_or(path);
    let name = last.split('[').next().unwrap_or(last);
    let example = match name {
        "system" => r#"system=[{"text": "You are brief."}]"#,
        "inferenceConfig" | "maxTokens" | "temperature" | "topP" | "stopSequences" => {
            r#"inferenceConfig={"maxTokens": 512, "temperature": 0.5, "stopSequences": ["END"]}"#
        }
        "toolConfig" | "tools" | "toolSpec" | "inputSchema" | "json" => {
            r#"toolConfig={"tools": [{"toolSpec": {"name": "NAME", "inputSchema": {"json": {"type": "object"}}}}]}"#
        }
        "toolResult" | "toolUseId" => r#"{"toolResult": {"toolUseId": "ID", "content": [{"text": "RESULT"}]}}"#,
        "bytes" | "source" | "format" => {
            r#"{"image": {"format": "png", "source": {"bytes": open("FILE", "rb").read()}}}"#
        }
        "body" => "client.invoke_model(modelId=MODEL_ID, body=json.dumps(BODY))",
        _ => return of_converse(values),
    };
    example.to_owned()
}
