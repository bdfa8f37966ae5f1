//! Every form of report.
