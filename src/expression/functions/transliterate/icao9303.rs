//! ICAO Doc 9303 part 3, section 6: the recommended transliterations, of capital letters. What the tables give for
//! single languages (Ukrainian `Ю` at the start of a name is `YU`, Serbian `Ш` is `S`) is not asked for: a name does
//! not say its language.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Writes a text as a machine readable zone has it, but with blanks instead of `<`.
pub(super) fn write(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 4);
    for letter in text.nfc().flat_map(capitals) {
        match letter {
            'A'..='Z' | '0'..='9' | ' ' => out.push(letter),
            // section 4.6: apostrophes and full stops are left out, hyphens become a filler; the soft sign has no sound
            '\'' | '’' | 'ʼ' | '‘' | '.' | 'Ь' => {}
            '-' | '‐' | '‑' | '–' => out.push(' '),
            mark if is_combining_mark(mark) => {}
            other => match letters(other).or_else(|| letters(base(other))) {
                Some(known) => out.push_str(known),
                None if base(other).is_ascii_alphabetic() => out.push(base(other)),
                None => out.push(other),
            },
        }
    }
    out
}

fn capitals(letter: char) -> impl Iterator<Item = char> {
    // ß and the letters without a capital of their own are in the table as they are
    let keep = matches!(letter, 'ß' | 'ı' | 'ĸ');
    let upper = if keep { None } else { Some(letter.to_uppercase()) };
    upper.into_iter().flatten().chain(keep.then_some(letter))
}

fn base(letter: char) -> char {
    letter.nfd().next().unwrap_or(letter)
}

fn letters(letter: char) -> Option<&'static str> {
    Some(match letter {
        'À' | 'Á' | 'Â' | 'Ã' | 'Ā' | 'Ă' | 'Ą' | 'А' => "A",
        'Å' => "AA",
        'Ä' | 'Æ' => "AE",
        'Б' => "B",
        'Ç' | 'Ć' | 'Ĉ' | 'Ċ' | 'Č' | 'Һ' => "C",
        'Ч' => "CH",
        'Ð' | 'Ď' | 'Đ' | 'Ђ' | 'Д' => "D",
        'Ѕ' | 'Џ' => "DZ",
        'È' | 'É' | 'Ê' | 'Ë' | 'Ē' | 'Ĕ' | 'Ė' | 'Ę' | 'Ě' | 'Ё' | 'Е' | 'Э' => "E",
        'Ф' => "F",
        'Ĝ' | 'Ğ' | 'Ġ' | 'Ģ' | 'Г' | 'Ґ' | 'Ғ' => "G",
        'Ĥ' | 'Ħ' => "H",
        'Ì' | 'Í' | 'Î' | 'Ï' | 'Ĩ' | 'Ī' | 'Ĭ' | 'Į' | 'İ' | 'ı' | 'І' | 'Ї' | 'И' | 'Й' => {
            "I"
        }
        'Я' => "IA",
        'Є' | 'Ъ' => "IE",
        'Ĳ' => "IJ",
        'Ю' => "IU",
        'Ĵ' | 'Ј' => "J",
        'Ķ' | 'Ќ' | 'К' => "K",
        'Х' => "KH",
        'Ĺ' | 'Ļ' | 'Ľ' | 'Ŀ' | 'Ł' | 'Л' => "L",
        'Љ' => "LJ",
        'М' => "M",
        'Ñ' | 'Ń' | 'Ņ' | 'Ň' | 'Ŋ' | 'Н' => "N",
        'Њ' => "NJ",
        'Ò' | 'Ó' | 'Ô' | 'Õ' | 'Ō' | 'Ŏ' | 'Ő' | 'О' => "O",
        'Ö' | 'Ø' | 'Œ' => "OE",
        'П' => "P",
        'Ŕ' | 'Ŗ' | 'Ř' | 'Р' => "R",
        'Ś' | 'Ŝ' | 'Ş' | 'Š' | 'С' => "S",
        'Ш' => "SH",
        'Щ' => "SHCH",
        'ß' | 'ẞ' => "SS",
        'Ţ' | 'Ť' | 'Ŧ' | 'Т' => "T",
        'Þ' => "TH",
        'Ц' => "TS",
        'Ù' | 'Ú' | 'Û' | 'Ũ' | 'Ū' | 'Ŭ' | 'Ů' | 'Ű' | 'Ų' | 'Ў' | 'У' | 'Ѫ' => "U",
        'Ü' => "UE",
        'В' => "V",
        'Ŵ' => "W",
        'Ý' | 'Ŷ' | 'Ÿ' | 'Ы' | 'Ѵ' => "Y",
        'Ź' | 'Ż' | 'Ž' | 'З' => "Z",
        'Ж' => "ZH",
        _ => return None,
    })
}
