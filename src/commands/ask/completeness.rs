//! Whether the response to a record of a batch is complete, and its text.

use super::ending;
use super::form::ResponseForm;
use crate::aws::ConverseResponse;
use crate::error::Error;

/// Returns the text of a complete response: in this form, or all of its text if the record brought its own request
/// (`form` is `None`), which may ask for something else than text.
///
/// # Errors
/// Why the response is not complete.
pub fn complete_text(
    form: Option<&ResponseForm>,
    response: &ConverseResponse,
    max_tokens: Option<i32>,
) -> Result<String, Error> {
    let needs_text = match form {
        Some(form) => form.is_text(),
        None => response.content.tool_calls().is_empty(),
    };
    let ending = ending::incomplete(response, max_tokens);
    if let Some(error) = ending.or_else(|| needs_text.then(|| ending::without_text(response)).flatten()) {
        return Err(error);
    }
    match form {
        Some(form) => form.render(response).map(std::borrow::Cow::into_owned),
        None => Ok(response.text.clone()),
    }
}
