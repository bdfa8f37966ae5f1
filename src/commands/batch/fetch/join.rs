//! Joins the results to the records of the input by `recordId`: hashes in buckets on the disk give each position of the
//! input the place of its result, so that the memory does not grow with the number of records.

use std::fs::File;
use std::hash::{BuildHasher, RandomState};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use crate::commands::batch::disk_array::DiskArray;
use crate::commands::batch::disk_hash_table::{BUCKETS, DiskHashTable};
use crate::commands::batch::lines::LinePlace;

/// The most IDs that a report names.
const MOST_NAMED: usize = 3;

/// The bit of a length that marks a response.
const RESPONSE: u64 = 1 << 63;

/// Things that were found and do not belong there: how many, and where the first of them are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found<T> {
    pub count: u64,
    pub first: Vec<T>,
}

impl<T> Found<T> {
    pub fn add(&mut self, found: T) {
        self.count += 1;
        if self.first.len() < MOST_NAMED {
            self.first.push(found);
        }
    }

    fn extend(&mut self, found: impl IntoIterator<Item = T>) {
        found.into_iter().for_each(|found| self.add(found));
    }
}

/// Collects the IDs of the input and of the results.
#[derive(Default)]
pub struct Join {
    hasher: RandomState,
    /// Hash and position of each record.
    input: DiskHashTable<2>,
    /// Hash, offset and length of each result; the length has [`RESPONSE`].
    results: DiskHashTable<3>,
    pub records: u64,
}

/// The place of the result of each record, in the order of the input.
pub struct Joined {
    /// Offset and length.
    places: DiskArray<2>,
    /// The number of records whose place was returned.
    position: u64,
    pub records: u64,
    pub matched: u64,
    /// The results of records that the input does not have.
    pub unknown: Found<LinePlace>,
    /// The results that are left out, because the same record has another one.
    pub repeated: Found<LinePlace>,
    /// The positions of records whose ID an earlier record has.
    pub duplicates: Found<u64>,
}

impl Join {
    pub fn add_record(&mut self, id: &str) -> io::Result<()> {
        self.input.push([self.hasher.hash_one(id), self.records])?;
        self.records += 1;
        Ok(())
    }

    /// Adds a result. Of several of one record, the first that is a response counts, or else the first.
    pub fn add_result(&mut self, id: &str, place: LinePlace, is_response: bool) -> io::Result<()> {
        let length = place.length | if is_response { RESPONSE } else { 0 };
        self.results.push([self.hasher.hash_one(id), place.offset, length])
    }

    /// Joins both. The temporary file is made in this folder.
    pub fn finish(mut self, folder: &Path) -> io::Result<Joined> {
        let mut joined = Joined {
            places: DiskArray::new(tempfile::tempfile_in(folder)?, self.records)?,
            position: 0,
            records: self.records,
            matched: 0,
            unknown: Found::default(),
            repeated: Found::default(),
            duplicates: Found::default(),
        };
        for bucket in 0..BUCKETS {
            let (records, results) = (self.input.sorted(bucket)?, self.results.sorted(bucket)?);
            let mut results = results.chunk_by(|one, other| one[0] == other[0]).peekable();
            for same in records.chunk_by(|one, other| one[0] == other[0]) {
                let [hash, position] = same[0];
                joined.duplicates.extend(same[1..].iter().map(|[_, position]| *position));
                while let Some(others) = results.next_if(|others| others[0][0] < hash) {
                    joined.unknown.extend(others.iter().map(place));
                }
                let Some(own) = results.next_if(|own| own[0][0] == hash) else { continue };
                let chosen = own.iter().find(|[_, _, length]| length & RESPONSE != 0).unwrap_or(&own[0]);
                joined.repeated.extend(own.iter().filter(|result| *result != chosen).map(place));
                joined.matched += 1;
                let LinePlace { offset, length } = place(chosen);
                joined.places.set(position, [offset, length])?;
            }
            joined.unknown.extend(results.flatten().map(place));
        }
        Ok(joined)
    }
}

impl Joined {
    /// Returns the place of the result of the next record, or `None` if it has none.
    pub fn next(&mut self) -> io::Result<Option<LinePlace>> {
        let [offset, length] = self.places.get(self.position)?;
        self.position += 1;
        // No result has no bytes.
        Ok((length > 0).then_some(LinePlace { offset, length }))
    }
}

fn place([_, offset, length]: &[u64; 3]) -> LinePlace {
    LinePlace { offset: *offset, length: length & !RESPONSE }
}

/// Reads what is at this place into `bytes`, in place of what they hold.
pub fn read_at(file: &mut File, place: LinePlace, bytes: &mut Vec<u8>) -> io::Result<()> {
    bytes.clear();
    bytes.resize(usize::try_from(place.length).map_err(|_| io::ErrorKind::FileTooLarge)?, 0);
    file.seek(SeekFrom::Start(place.offset))?;
    file.read_exact(bytes)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn joined(input: &[String], results: &[(String, LinePlace, bool)]) -> (Joined, Vec<Option<LinePlace>>) {
        let folder = tempfile::tempdir().unwrap();
        let mut join = Join::default();
        for id in input {
            join.add_record(id).unwrap();
        }
        for (id, place, is_response) in results {
            join.add_result(id, *place, *is_response).unwrap();
        }
        let mut joined = join.finish(folder.path()).unwrap();
        let places = input.iter().map(|_| joined.next().unwrap()).collect();
        (joined, places)
    }

    fn at(offset: u64) -> LinePlace {
        LinePlace { offset, length: offset + 1 }
    }

    fn text(id: &str) -> String {
        id.to_owned()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn any_order_of_the_results_gives_the_order_of_the_input(
            keep in vec(any::<bool>(), 0..400),
            order in vec(any::<u32>(), 400),
        ) {
            let input: Vec<_> = (0..keep.len()).map(|index| format!("id-{index}")).collect();
            let expected: Vec<_> = (0..).zip(&keep).map(|(index, keep)| keep.then_some(at(index))).collect();
            let mut results: Vec<_> = input
                .iter()
                .zip(&expected)
                .zip(order)
                .filter_map(|((id, place), order)| Some((order, (id.clone(), (*place)?, true))))
                .collect();
            results.sort_by_key(|(order, _)| *order);
            let results: Vec<_> = results.into_iter().map(|(_, result)| result).collect();
            let (found, places) = joined(&input, &results);
            prop_assert_eq!(places, expected);
            prop_assert_eq!((found.unknown.count, found.repeated.count, found.duplicates.count), (0, 0, 0));
        }
    }

    #[test]
    fn results_of_no_record_and_second_results_are_counted() {
        let input = [text("a"), text("b"), text("c")];
        let results = [
            (text("b"), at(1), false),
            (text("x"), at(2), true),
            (text("b"), at(3), true),
            (text("b"), at(4), true),
            (text("a"), at(5), false),
        ];
        let (found, places) = joined(&input, &results);
        assert_eq!(places, [Some(at(5)), Some(at(3)), None]);
        assert_eq!(found.unknown, Found { count: 1, first: vec![at(2)] });
        assert_eq!(found.repeated, Found { count: 2, first: vec![at(1), at(4)] });
    }

    #[test]
    fn an_id_that_the_input_has_twice_is_found() {
        let (found, places) = joined(&[text("a"), text("b"), text("a")], &[(text("a"), at(1), true)]);
        assert_eq!((found.duplicates, places), (Found { count: 1, first: vec![2] }, vec![Some(at(1)), None, None]));
    }

    #[test]
    fn only_the_first_of_many_are_named() {
        let results: Vec<_> = (0..1000).map(|index| (format!("{index}"), at(index), true)).collect();
        let (found, _) = joined(&[], &results);
        assert_eq!((found.unknown.count, found.unknown.first.len()), (1000, MOST_NAMED));
    }

    #[test]
    fn a_line_is_read_by_its_place() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"one\ntwo\n").unwrap();
        let mut bytes = Vec::new();
        read_at(&mut file, LinePlace { offset: 4, length: 3 }, &mut bytes).unwrap();
        assert_eq!(bytes, b"two");
        assert!(read_at(&mut file, LinePlace { offset: 4, length: 5 }, &mut bytes).is_err());
    }
}
