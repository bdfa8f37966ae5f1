//! A request that can be sent to one model, and what is printed of its response. It is built in `request`.

use super::form::ResponseForm;
use crate::aws;
use bedrock_ask::model::resolution::Resolution;

/// A request that can be sent to one model.
#[derive(Clone, Debug)]
pub struct Prepared {
    pub resolution: Resolution,
    pub request: aws::ConverseRequest,
    pub streaming: bool,
    /// What of the response is printed.
    pub form: ResponseForm,
    /// Notes to print once the request is used.
    pub notes: Vec<String>,
}
