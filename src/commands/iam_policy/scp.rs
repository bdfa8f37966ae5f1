//! `iam-policy --scp`: service control policies for the models. The statements come from `policy::scp`.

use std::collections::BTreeSet;

use super::document::Document;
use crate::config::value::FormatFlag;
use crate::error::Error;
use crate::output::Output;
use bedrock_ask::model::policy::access::RequiredAccess;
use bedrock_ask::model::policy::uses::Use;
use bedrock_ask::model::policy::{Policy, Statement, scp, sid};

/// A kind of service control policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Scp {
    /// Both that let the models through; on stdout, the narrower one.
    Both,
    /// Denies invocations in other Regions, but not through the inference profiles of the models.
    Exempt,
    /// Denies Bedrock in every Region that the models do not need.
    Regions,
    /// Denies every call through a global inference profile.
    BlockGlobal,
}

/// Returns the policies of the kind, the narrower one first.
///
/// # Errors
/// If the format is a template, or nothing can be exempted.
pub fn documents(
    kind: Scp,
    accesses: &[RequiredAccess],
    uses: &BTreeSet<Use>,
    format: FormatFlag,
) -> Result<Vec<Document>, Error> {
    if format.everywhere().is_none() {
        return Err(Error::usage("`--scp` supports only `--format text` and `--format json`"));
    }
    let document =
        |stem, statement: Statement| Document::from_json(stem, &Policy::new(sid::assign(vec![statement])), format);
    if kind == Scp::BlockGlobal {
        let mut partitions: BTreeSet<_> = accesses.iter().map(|access| access.source_region.partition).collect();
        if partitions.is_empty() {
            partitions.insert("aws");
        }
        return Ok(vec![document("scp-block-global", scp::block_global(&partitions))?]);
    }
    let exemption = scp::exemption(accesses, uses);
    if exemption.narrower.is_none() && kind == Scp::Exempt {
        return Err(
            Error::usage("no inference profile is invoked, so there is nothing to exempt").hint("--scp=regions")
        );
    }
    let mut documents = Vec::new();
    if let Some(statement) = exemption.narrower.filter(|_| kind != Scp::Regions) {
        documents.push(document("scp-exempt", statement)?);
    }
    if kind != Scp::Exempt {
        documents.push(document("scp-regions", scp::only_in_regions(exemption.regions))?);
    }
    Ok(documents)
}

/// Notes how the printed policies fit in with the organization's own.
pub fn note(kind: Scp, documents: &[Document], output: &mut Output) {
    let has = |stem| documents.iter().any(|document| document.stem == stem);
    if kind == Scp::BlockGlobal {
        output.note(
            "an application inference profile that was copied from a global one has its own ARN, which this policy does not match",
        );
        return;
    }
    if has("scp-exempt") {
        output.note(
            "the exemption is a separate statement: add its actions to the `NotAction` of the statement that denies Regions, and your other Regions to its condition",
        );
    }
    if has("scp-regions") {
        output.note(
            "`--scp=regions` denies only Bedrock; if a statement denies Regions for every service, add these Regions to its exceptions",
        );
    }
}
