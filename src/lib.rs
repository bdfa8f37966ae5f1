//! Resolves Amazon Bedrock model IDs to the IDs that can be invoked.
//!
//! Most Bedrock models cannot be invoked by the ID that AWS lists: they need the ID of an
//! [inference profile](https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles.html), and which one is
//! right depends on the model and on the source Region. This library knows which profiles exist, chooses one, and gives
//! the reason. It uses no network, no file, no clock and no environment.
//!
//! ```
//! use bedrock_ask::model::catalog::Catalog;
//! use bedrock_ask::model::date::Date;
//! use bedrock_ask::model::region::Region;
//! use bedrock_ask::model::resolution::ResolveRequest;
//! use bedrock_ask::model::resolver::resolve;
//!
//! let region = Region::named("eu-central-1").ok_or("no such Region")?;
//! let today = Date { year: 2026, month: 11, day: 1 };
//!
//! let catalog = Catalog::built_in();
//! let request = ResolveRequest::new(region, today);
//! let resolution = resolve("anthropic.claude-sonnet-4-6", &request, &catalog)?;
//!
//! assert_eq!(resolution.id, "eu.anthropic.claude-sonnet-4-6");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`diagnosis`] explains a call that failed: the cause, what fixes it, and who has to act. It and
//! [`model::policy`], which builds IAM policies, may change in any release.
//!
//! The command-line tool `bedrock-ask` is the other half of this package, behind the default feature `cli`. Depend on the
//! library without it:
//!
//! ```toml
//! bedrock-ask = { version = "0.1", default-features = false }
//! ```

pub mod diagnosis;
pub mod exit_code;
pub mod message;
pub mod model;
