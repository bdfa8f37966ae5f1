//! Model IDs, Regions, the catalog of models and inference profiles, and the resolver.
//! Nothing here uses AWS, the disk, a clock or the environment.

pub mod catalog;
pub mod date;
pub mod failure;
pub mod family;
pub mod id;
pub mod listing;
pub mod name;
pub mod policy;
pub mod price;
pub mod region;
pub mod resolution;
pub mod resolver;
pub mod routing;
pub mod structured_output;
pub mod thinking;
