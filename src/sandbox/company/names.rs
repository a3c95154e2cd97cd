//! The names of the people at ACME.

/// Given names.
pub const GIVEN: [&str; 80] = [
    "Adam", "Agnes", "Aisha", "Alan", "Alba", "Alice", "Amir", "Andrea", "Anita", "Anna", "Antonio", "Ayla",
    "Bruno", "Carla", "Carlos", "Cecilia", "Chen", "Clara", "Daniel", "Daria", "David", "Diego", "Elena",
    "Elias", "Emil", "Emma", "Erik", "Esra", "Eva", "Farah", "Felix", "Fiona", "Frida", "Gabriel", "Georg",
    "Grace", "Hana", "Hannah", "Hugo", "Ida", "Igor", "Irene", "Isabel", "Ivo", "Jakob", "Jana", "Jonas",
    "Julia", "Kai", "Karim", "Katrin", "Kenji", "Lara", "Laura", "Leo", "Lina", "Lucas", "Maja", "Marco",
    "Maria", "Mateo", "Mei", "Mia", "Milan", "Nina", "Noah", "Nora", "Olga", "Omar", "Oscar", "Paula",
    "Petra", "Rafael", "Rosa", "Samir", "Sara", "Simon", "Sofia", "Tomas", "Yuki",
];

/// Family names.
pub const FAMILY: [&str; 80] = [
    "Adler", "Almeida", "Andersen", "Baker", "Bauer", "Becker", "Berg", "Bianchi", "Bose", "Brandt", "Brown",
    "Carter", "Chen", "Costa", "Cruz", "Dahl", "Diaz", "Duarte", "Eriksen", "Evans", "Farkas", "Fischer",
    "Fontana", "Fuchs", "Garcia", "Gomez", "Graf", "Gupta", "Haas", "Hansen", "Hoffman", "Horvat", "Ito",
    "Jansen", "Jensen", "Kaya", "Keller", "Khan", "Kim", "Klein", "Koch", "Kowalski", "Kumar", "Lang",
    "Larsson", "Lehmann", "Lopez", "Lorenz", "Maier", "Marino", "Martin", "Meyer", "Moreau", "Moreno",
    "Mori", "Nakamura", "Nielsen", "Novak", "Nowak", "Olsen", "Park", "Patel", "Pereira", "Peters",
    "Popescu", "Ramos", "Ricci", "Roth", "Russo", "Santos", "Schmidt", "Silva", "Singh", "Sousa", "Tanaka",
    "Vogel", "Wagner", "Weber", "Wolf", "Zimmer",
];

/// The departments, with the titles in each; the first title is the head's.
pub const DEPARTMENTS: [(&str, [&str; 4]); 6] = [
    (
        "Engineering",
        [
            "Head of Engineering",
            "Software Engineer",
            "Senior Engineer",
            "Test Engineer",
        ],
    ),
    (
        "Sales",
        [
            "Head of Sales",
            "Account Manager",
            "Sales Representative",
            "Sales Engineer",
        ],
    ),
    (
        "Finance",
        ["Head of Finance", "Accountant", "Controller", "Payroll Clerk"],
    ),
    (
        "Operations",
        ["Head of Operations", "Operator", "Planner", "Technician"],
    ),
    (
        "Marketing",
        ["Head of Marketing", "Editor", "Designer", "Campaign Manager"],
    ),
    (
        "People",
        ["Head of People", "Recruiter", "People Partner", "Trainer"],
    ),
];

/// The offices, with the country of each.
pub const OFFICES: [(&str, &str); 4] = [
    ("Berlin", "DE"),
    ("London", "GB"),
    ("Kraków", "PL"),
    ("Osaka", "JP"),
];
