//! Divides the lines of a batch into files and jobs by the quotas, and computes the checksums of their parts. Keeps no line.

use super::limits::Limits;
use crate::aws::S3;
use crate::digest::Sha256;

/// Files and jobs, as far as they are planned.
pub struct Planner {
    limits: Limits,
    /// Where a job ends although the quotas do not demand it.
    cut: Option<u64>,
    records: u64,
    jobs: Vec<PlannedJob>,
    part: PartHash,
    digest: Sha256,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShardPlan {
    /// In the order of the input.
    pub jobs: Vec<PlannedJob>,
    pub records: u64,
    /// The SHA-256 of all lines.
    pub digest: [u8; 32],
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlannedJob {
    /// The number of records before it.
    pub first_record: u64,
    pub records: u64,
    pub bytes: u64,
    pub files: Vec<PlannedFile>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlannedFile {
    pub records: u64,
    pub bytes: u64,
    /// The CRC32 of each part.
    pub parts: Vec<u32>,
}

impl PlannedFile {
    /// Returns the checksum of the object, as S3 writes it.
    pub fn crc32(&self) -> String {
        S3::crc32_of_parts(&self.parts)
    }
}

/// A line has more bytes than a file may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineTooLong;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    Plan(ShardPlan),
    /// The last job would have too few records. Another plan, in which a job ends here, has enough.
    CutAt(u64),
    /// The last job would have too few records, and the one before it has none to spare.
    TooFew(u64),
}

impl Planner {
    /// Creates a plan without records, in which a job ends behind `cut` records.
    pub fn new(limits: Limits, cut: Option<u64>) -> Self {
        Self { limits, cut, records: 0, jobs: Vec::new(), part: PartHash::default(), digest: Sha256::new() }
    }

    /// Adds a line, with its line break.
    pub fn add(&mut self, line: &[u8]) -> Result<(), LineTooLong> {
        let bytes = line.len() as u64;
        if bytes > self.limits.file {
            return Err(LineTooLong);
        }
        let is_cut = self.cut == Some(self.records);
        let Limits { records, file, job, .. } = self.limits;
        let is_new_job =
            self.jobs.last().is_none_or(|last| is_cut || last.records == records || last.bytes + bytes > job);
        if is_new_job {
            self.end_file();
            self.jobs.push(PlannedJob { first_record: self.records, ..PlannedJob::default() });
        }
        let is_full = |last: &PlannedFile| last.bytes + bytes > file;
        if self.jobs.last().is_none_or(|last| last.files.last().is_none_or(is_full)) {
            self.end_file();
            self.jobs.iter_mut().last().into_iter().for_each(|last| last.files.push(PlannedFile::default()));
        }
        self.records += 1;
        self.digest.update(line);
        let Some(last) = self.jobs.last_mut() else { return Ok(()) };
        last.records += 1;
        last.bytes += bytes;
        let Some(last) = last.files.last_mut() else { return Ok(()) };
        last.records += 1;
        last.bytes += bytes;
        self.part.add(line, self.limits.part(), &mut last.parts);
        Ok(())
    }

    /// Returns the number of jobs and of files so far.
    pub fn counts(&self) -> (usize, usize) {
        (self.jobs.len(), self.jobs.iter().map(|job| job.files.len()).sum())
    }

    pub fn finish(mut self) -> Ending {
        self.end_file();
        if let [.., before, last] = &self.jobs[..]
            && last.records < self.limits.min
        {
            let missing = self.limits.min - last.records;
            return match before.records.checked_sub(missing).filter(|left| *left >= self.limits.min) {
                Some(left) if self.cut.is_none() => Ending::CutAt(before.first_record + left),
                _ => Ending::TooFew(last.records),
            };
        }
        Ending::Plan(ShardPlan { jobs: self.jobs, records: self.records, digest: self.digest.finish() })
    }

    fn end_file(&mut self) {
        let parts = self.jobs.last_mut().and_then(|job| job.files.last_mut()).map(|file| &mut file.parts);
        if let Some(parts) = parts {
            self.part.end(parts);
        }
    }
}

/// The checksum of the part that is not full yet.
#[derive(Default)]
struct PartHash {
    hasher: crc32fast::Hasher,
    bytes: u64,
}

impl PartHash {
    fn add(&mut self, mut line: &[u8], part: u64, parts: &mut Vec<u32>) {
        while !line.is_empty() {
            let space = usize::try_from(part - self.bytes).unwrap_or(usize::MAX).min(line.len());
            let (first, rest) = line.split_at(space);
            self.hasher.update(first);
            self.bytes += first.len() as u64;
            if self.bytes == part {
                self.end(parts);
            }
            line = rest;
        }
    }

    fn end(&mut self, parts: &mut Vec<u32>) {
        if self.bytes > 0 {
            parts.push(std::mem::take(&mut self.hasher).finalize());
            self.bytes = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(lines: &[&str], limits: Limits, cut: Option<u64>) -> Ending {
        let mut planner = Planner::new(limits, cut);
        for line in lines {
            planner.add(line.as_bytes()).unwrap();
        }
        planner.finish()
    }

    fn sizes(ending: &Ending) -> Vec<Vec<u64>> {
        let Ending::Plan(plan) = ending else { panic!("{ending:?}") };
        plan.jobs.iter().map(|job| job.files.iter().map(|file| file.records).collect()).collect()
    }

    #[test]
    fn records_are_divided_by_each_quota() {
        let lines = ["0123456789"; 12];
        let limits = Limits { records: 100, file: 1000, job: 1000, min: 1 };
        assert_eq!(sizes(&plan(&lines, limits, None)), [vec![12]]);
        assert_eq!(sizes(&plan(&lines, Limits { records: 5, ..limits }, None)), [[5], [5], [2]]);
        assert_eq!(sizes(&plan(&lines, Limits { file: 40, ..limits }, None)), [vec![4, 4, 4]]);
        assert_eq!(sizes(&plan(&lines, Limits { file: 40, job: 90, ..limits }, None)), [vec![4, 4, 1], vec![3]]);
        assert_eq!(sizes(&plan(&lines, limits, Some(7))), [[7], [5]]);
        let mut planner = Planner::new(Limits { file: 9, ..limits }, None);
        assert_eq!(planner.add(b"0123456789"), Err(LineTooLong));
    }

    #[test]
    fn the_last_job_gets_enough_records() {
        let limits = Limits { records: 10, file: 1000, job: 1000, min: 4 };
        assert_eq!(plan(&["0123456789"; 12], limits, None), Ending::CutAt(8));
        assert_eq!(sizes(&plan(&["0123456789"; 12], limits, Some(8))), [[8], [4]]);
        assert_eq!(sizes(&plan(&["0123456789"; 14], limits, None)), [[10], [4]]);
        let tight = Limits { records: 100, file: 50, job: 50, min: 4 };
        assert_eq!(plan(&["0123456789"; 6], tight, None), Ending::TooFew(1));
    }

    #[test]
    fn the_parts_and_the_digest_are_those_of_the_lines() {
        let limits = Limits::default();
        let line = "x".repeat(3 << 20) + "\n";
        let lines = [line.as_str(); 6];
        let Ending::Plan(plan) = plan(&lines, limits, None) else { panic!() };
        let whole = lines.concat();
        let parts: Vec<_> = whole.as_bytes().chunks(8 << 20).map(crc32fast::hash).collect();
        assert_eq!(plan.jobs[0].files[0].parts, parts);
        assert_eq!(plan.jobs[0].files[0].bytes, whole.len() as u64);
        assert_eq!(plan.digest, crate::digest::sha256(whole.as_bytes()));
        assert!(plan.jobs[0].files[0].crc32().ends_with("-3"));
    }
}
