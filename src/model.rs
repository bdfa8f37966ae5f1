//! The pure core: IDs, Regions, the catalog, the resolver. No AWS, no disk, no clock, no environment.

pub mod catalog;
pub mod date;
pub mod failure;
pub mod family;
pub mod id;
pub mod listing;
pub mod policy;
pub mod price;
pub mod region;
pub mod resolution;
pub mod resolver;
pub mod routing;
