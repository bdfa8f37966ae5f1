//! `--dry-run`: prints the request as it would be sent.

use serde_json::json;

use super::exchange::Exchange;
use crate::aws::BedrockRuntime;
use crate::config::value::Format;
use crate::error::Error;
use crate::output::Output;

impl Exchange<'_> {
    /// Prints the request as it would be sent.
    pub async fn preview(&mut self, runtime: &BedrockRuntime, output: &mut Output) -> Result<(), Error> {
        if let Some(schema) = self.form.schema() {
            schema.write(&mut self.request);
        }
        let preview =
            runtime.preview(&self.request, self.streaming).await.map_err(|failure| self.diagnose(&failure))?;
        let region = self.resolution.source_region.map(|region| region.name);
        match output.format() {
            Format::Json => output.json(&json!({
                "modelId": self.request.model_id,
                "region": region,
                "method": preview.method,
                "url": preview.url,
                "body": preview.body,
            })),
            Format::Text => {
                output.line(&format!("modelId {}", self.request.model_id))?;
                output.line(&format!("{} {}", preview.method, preview.url))?;
                match self.request.body.as_deref() {
                    Some(body) => output.line(body.strip_suffix('\n').unwrap_or(body)),
                    None => output.line(&without_bytes(&preview.body)),
                }
            }
        }
    }
}

/// Returns a request body with the number of bytes in place of the bytes of each attachment.
fn without_bytes(body: &str) -> String {
    // Within a text of the request, a quotation mark stands behind a backslash.
    const START: &str = "\"bytes\":\"";
    let mut parts = body.split(START);
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |shown, part| {
        let (base64, rest) = part.split_at(part.find('"').unwrap_or(part.len()));
        let padding = base64.bytes().rev().take_while(|byte| *byte == b'=').count();
        format!("{shown}{START}<{} bytes>{rest}", base64.len() / 4 * 3 - padding)
    })
}
