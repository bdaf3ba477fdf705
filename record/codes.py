"""The code lists of the form: each code with the words people read.

Ethnicity, language, need and year codes are those of the Department for Education's common basic data set,
as its SEN2 and school census collections use them; team and outcome lists are the council's own.
"""

SEXES = {"F": "Female", "M": "Male", "U": "Not known"}

# Only the family's or the young person's own answer may be used: nobody else decides it for them.
ETHNICITIES = {
    "WBRI": "White – British",
    "WIRI": "White – Irish",
    "WIRT": "Traveller of Irish heritage",
    "WROM": "Gypsy or Roma",
    "WOTH": "Any other White background",
    "MWBC": "White and Black Caribbean",
    "MWBA": "White and Black African",
    "MWAS": "White and Asian",
    "MOTH": "Any other mixed background",
    "AIND": "Indian",
    "APKN": "Pakistani",
    "ABAN": "Bangladeshi",
    "AOTH": "Any other Asian background",
    "CHNE": "Chinese",
    "BCRB": "Black Caribbean",
    "BAFR": "Black African",
    "BOTH": "Any other Black background",
    "OOTH": "Any other ethnic group",
    "REFU": "Prefers not to say",
    "NOBT": "Not yet known",
}

RELIGIONS = {
    "none": "No religion",
    "buddhist": "Buddhist",
    "christian": "Christian",
    "hindu": "Hindu",
    "jain": "Jain",
    "jewish": "Jewish",
    "muslim": "Muslim",
    "sikh": "Sikh",
    "other": "Another religion",
    "not_said": "Prefers not to say",
}

# code -> (words, BCP 47 tag for what is written in it; empty where it says nothing about the writing)
_LANGUAGES = {
    "ENG": ("English", "en"),
    "BSL": ("British Sign Language", ""),
    "SIO": ("Another sign language", ""),
    "ALB": ("Albanian", "sq"),
    "AMR": ("Amharic", "am"),
    "ARA": ("Arabic", "ar"),
    "ARAG": ("Arabic (Algeria)", "ar-DZ"),
    "ARAI": ("Arabic (Iraq)", "ar-IQ"),
    "ARAM": ("Arabic (Morocco)", "ar-MA"),
    "ARAS": ("Arabic (Sudan)", "ar-SD"),
    "ARAY": ("Arabic (Yemen)", "ar-YE"),
    "ARAA": ("Arabic (another kind)", "ar"),
    "ARM": ("Armenian", "hy"),
    "BNG": ("Bengali", "bn"),
    "BNGS": ("Bengali (Sylheti)", "bn"),
    "BUL": ("Bulgarian", "bg"),
    "CHI": ("Chinese", "zh"),
    "PRSD": ("Dari", "prs"),
    "FRN": ("French", "fr"),
    "GUJ": ("Gujarati", "gu"),
    "HIN": ("Hindi", "hi"),
    "JPN": ("Japanese", "ja"),
    "KUR": ("Kurdish", "ku"),
    "KURM": ("Kurdish (Kurmanji)", "kmr"),
    "KURS": ("Kurdish (Sorani)", "ckb"),
    "LIT": ("Lithuanian", "lt"),
    "NEP": ("Nepali", "ne"),
    "PNJ": ("Panjabi", "pa"),
    "PNJG": ("Panjabi (Gurmukhi)", "pa-Guru"),
    "PNJM": ("Panjabi (Mirpuri)", "pa-Arab"),
    "PNJP": ("Panjabi (Pothwari)", "pa-Arab"),
    "PNJA": ("Panjabi (another kind)", "pa"),
    "PAT": ("Pashto", "ps"),
    "PRS": ("Persian (Farsi)", "fa"),
    "PRSA": ("Persian (another kind)", "fa"),
    "POL": ("Polish", "pl"),
    "POR": ("Portuguese", "pt"),
    "PORB": ("Portuguese (Brazil)", "pt-BR"),
    "RMN": ("Romanian", "ro"),
    "RMNR": ("Romanian (Romania)", "ro-RO"),
    "RUS": ("Russian", "ru"),
    "SNH": ("Sinhala", "si"),
    "SOM": ("Somali", "so"),
    "SPA": ("Spanish", "es"),
    "TGL": ("Tagalog or Filipino", "tl"),
    "PRST": ("Tajiki", "tg"),
    "TAM": ("Tamil", "ta"),
    "TGR": ("Tigrinya", "ti"),
    "TUR": ("Turkish", "tr"),
    "UKR": ("Ukrainian", "uk"),
    "URD": ("Urdu", "ur"),
    "OTL": ("Another language", ""),
    "ENB": ("Not known, believed to be English", "en"),
    "OTB": ("Not known, believed not to be English", ""),
    "REF": ("Prefers not to say", ""),
    "NOT": ("Not yet known", ""),
}
LANGUAGES = {code: words for code, (words, _) in _LANGUAGES.items()}
LANGUAGE_TAGS = {code: tag for code, (_, tag) in _LANGUAGES.items() if tag}
UNKNOWN_TAG = "und"  # BCP 47: of words that are in a language of their own, though nobody said in which
# What somebody can write or interpret: the answers that name a language.
LANGUAGES_USED = {c: words for c, words in LANGUAGES.items() if c not in ("ENB", "OTB", "REF", "NOT")}

UPN_UNKNOWN = {
    "UN1": "Under 6 and not given one yet",
    "UN2": "Never been in a state-funded school in England",
    "UN3": "Educated outside England",
    "UN5": "Two children’s details may be mixed up",
    "UN8": "New to the council’s area",
    "UN9": "Young person never in a state-funded school or college",
    "UN10": "The request ended before the number was known",
}

LOOKED_AFTER = {
    "no": "No",
    "s20": "Yes, by agreement (section 20)",
    "s31": "Yes, by a care order (section 31)",
    "other": "Yes, in another way",
}

RELATIONSHIPS = {
    "mother": "Mother",
    "father": "Father",
    "step_parent": "Step-parent",
    "grandparent": "Grandparent",
    "relative": "Other relative",
    "foster_carer": "Foster carer",
    "special_guardian": "Special guardian",
    "corporate_parent": "Social worker (corporate parent)",
    "other": "Other",
}

NC_YEARS = {
    "E1": "First early year",
    "E2": "Second early year",
    "N1": "Nursery 1",
    "N2": "Nursery 2",
    "R": "Reception",
    **{str(n): f"Year {n}" for n in range(1, 15)},
    "X": "Not following a year group",
}

PHASE_TRANSFERS = {
    "none": "None soon",
    "reception": "Into Reception",
    "junior": "Year 2 to Year 3",
    "secondary": "Year 6 to Year 7",
    "sixth_form": "Year 11 to Year 12",
    "post16": "Into another post-16 place",
}

SEN_PROVISION = {"N": "None", "K": "SEN Support"}

SEN_TYPES = {
    "SPLD": "Specific learning difficulty",
    "MLD": "Moderate learning difficulty",
    "SLD": "Severe learning difficulty",
    "PMLD": "Profound and multiple learning difficulty",
    "SEMH": "Social, emotional and mental health",
    "SLCN": "Speech, language and communication needs",
    "HI": "Hearing impairment",
    "VI": "Vision impairment",
    "MSI": "Multi-sensory impairment",
    "PD": "Physical disability",
    "ASD": "Autistic spectrum disorder",
    "DS": "Down syndrome",
    "OTH": "Other difficulty or disability",
    "NSA": "SEN Support, no specialist assessment of the type of need yet",
}

NEED_AREAS = {
    "ci": "Communication and interaction",
    "cl": "Cognition and learning",
    "semh": "Social, emotional and mental health",
    "sp": "Sensory and physical",
}

TEAMS = {
    "SLT": "SLT – Speech and Language Therapy",
    "OT": "OT – Occupational Therapy",
    "Physio": "Physio – Physiotherapy",
    "CDT": "CDT – Community Paediatrics",
    "EP": "EP – Educational Psychology",
    "CAMHS": "CAMHS – Child & Adolescent Mental Health Service",
    "CTPLD": "CTPLD – Community Team for People with Learning Disabilities",
    "Nursing": "Nursing",
    "HI": "HI – Hearing Impairment",
    "VI": "VI – Visual Impairment",
    "SocialCare": "Social Care",
    "Schools": "Schools",
}

INVOLVED_TEAMS = {
    **TEAMS,
    "GP": "GP",
    "HealthVisitor": "Health visitor",
    "VirtualSchool": "Virtual school",
    "YouthJustice": "Youth justice",
    "Private": "Private or independent",
    "Other": "Other",
}

# "Wellbeing" is the council's word here, where the type of need says "health".
OUTCOME_TYPES = {
    "CL": "C&L – Cognition and Learning",
    "Comms": "Comms – Communication Skills",
    "SEMH": "SEMH – Social, Emotional and Mental Wellbeing",
    "PSI": "PSI – Physical Sensory and Independence Skills",
    "Health": "Health",
    "Pfap": "Pfap – Preparing for adulthood",
}

ATTAINMENT_AREAS = {
    "reading": "Reading",
    "writing": "Writing",
    "spelling": "Spelling",
    "phonics": "Phonics",
    "maths": "Mathematics",
    "science": "Science",
    "language": "Speech and language",
    "personal": "Personal, social and emotional development",
    "physical": "Physical development",
    "engagement": "Engagement in learning",
    "reasoning": "Reasoning and memory",
    "other": "Another subject or area",
}

ATTAINMENT_MEASURES = {
    "eyfs": "Early years foundation stage",
    "national_curriculum": "National curriculum",
    "engagement_model": "Engagement model",
    "standardised_test": "Standardised test",
    "other": "Another measure",
}
