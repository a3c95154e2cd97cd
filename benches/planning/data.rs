//! The two files: people as HR has them, accounts as a directory has them.

use std::{
    fs::{self, File},
    io::{BufWriter, Write},
    path::{Path, PathBuf},
};

/// The columns of both files.
pub const COLUMNS: [&str; 8] = [
    "id", "given", "surname", "mail", "dept", "title", "city", "manager",
];

const GIVEN: [&str; 10] = [
    "Anna",
    "Björn",
    "Çelik",
    "Dagmar",
    "Émile",
    "Fatima",
    "Giorgos",
    "Hannelore",
    "Ingeborg",
    "Jean-Pierre",
];
const FAMILY: [&str; 8] = [
    "Müller",
    "Nguyễn",
    "Smith",
    "Okonkwo-Adeyemi",
    "García Márquez",
    "Þórsson",
    "Łukasiewicz",
    "van der Berg",
];
const TITLES: [&str; 7] = [
    "Engineer",
    "Senior Engineer",
    "Analyst",
    "\"Team Lead, Operations\"",
    "Accountant",
    "Nurse",
    "Clerk",
];
const CITIES: [&str; 7] = [
    "Oslo",
    "København",
    "München",
    "São Paulo",
    "Hồ Chí Minh",
    "Kraków",
    "Dublin",
];

/// Returns the folder with the files of a size, made if need be.
pub fn folder(size: usize) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("target/bench/planning-{size}"));
    if !folder.join("done").exists() {
        fs::create_dir_all(&folder).expect("the folder for the benchmark's files");
        generate(&folder, size);
        fs::write(folder.join("done"), "").expect("a mark");
    }
    folder
}

fn generate(folder: &Path, size: usize) {
    let open = |name: &str| {
        let mut file = BufWriter::new(File::create(folder.join(name)).expect("a file"));
        writeln!(file, "{}", COLUMNS.join(",")).expect("a header");
        file
    };
    let (mut people, mut accounts) = (open("people.csv"), open("accounts.csv"));
    let mut state = 88_172_645_463_325_252_u64;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    };
    for person in 0..size {
        let (department, title, city, fate) = (random(400), random(7), random(7), random(1000));
        if fate >= 10 {
            row(&mut people, person, department, title, city);
        }
        match fate {
            990.. => {}
            100..150 => {
                let city = if fate % 2 == 0 { (city + 1) % 7 } else { city };
                row(&mut accounts, person, (department + 1) % 400, title, city);
            }
            _ => row(&mut accounts, person, department, title, city),
        }
    }
}

fn row(file: &mut impl Write, person: usize, department: usize, title: usize, city: usize) {
    writeln!(
        file,
        "E{person:07},{},{} {},user{person:07}@corp.example.com,Department {department:03},{},{},E{:07}",
        GIVEN[person % 10],
        FAMILY[person / 10 % 8],
        person % 4000,
        TITLES[title],
        CITIES[city],
        person / 12
    )
    .expect("a row");
}
