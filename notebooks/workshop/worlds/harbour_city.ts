import { type Table, tableOf } from "@understudy/understudy/core";

/** Everybody in the city, those who volunteered for a survey, and what the census publishes. */
export interface HarbourCity {
  /** One row per kind of resident: `age_group`, `education`, `district`, `car`, and how many there are. */
  readonly population: Table;
  /** One row per volunteer: the same attributes, and `support` from 1 to 7. */
  readonly volunteers: Table;
  /** The census: the share of each age group and of each education. */
  readonly census: {
    readonly [attribute in "age_group" | "education"]: { readonly [level: string]: number };
  };
}

type Resident = {
  readonly age_group: string;
  readonly education: string;
  readonly district: string;
  readonly car: string;
  readonly residents: number;
};

const census = {
  age_group: { "18 to 39": 0.31, "40 to 64": 0.42, "65 and over": 0.27 },
  education: { "degree": 0.356, "no degree": 0.644 },
};
const degrees: { readonly [age: string]: number } = { "18 to 39": 0.5, "40 to 64": 0.35, "65 and over": 0.2 };
// How many of a hundred such residents volunteer: the young and the educated far more often.
const rates: { readonly [age: string]: number } = { "18 to 39": 14, "40 to 64": 8, "65 and over": 3 };

/** The residents of each kind. */
function residents(): Resident[] {
  return Object.entries(census.age_group).flatMap(([age_group, people]) =>
    ["degree", "no degree"].flatMap((education) =>
      ["old town", "suburb"].flatMap((district) =>
        ["has a car", "has no car"].map((car) => {
          const ofDegree = education === "degree" ? degrees[age_group]! : 1 - degrees[age_group]!;
          const ofDistrict = district === "old town" ? 0.3 : 0.7;
          const driving = district === "old town" ? 0.4 : 0.8;
          const share = ofDegree * ofDistrict * (car === "has a car" ? driving : 1 - driving);
          return { age_group, education, district, car, residents: Math.round(people * share * 1000) * 10 };
        })
      )
    )
  );
}

/** What such a resident thinks of an old town without cars, from 1 to 7, before a point or two by character. */
function opinion({ age_group, education, car }: Resident): number {
  return 4 + (age_group === "18 to 39" ? 1 : age_group === "65 and over" ? -1 : 0) +
    (education === "degree" ? 0.6 : -0.4) - (car === "has a car" ? 0.6 : -0.4);
}

const characters = [0, 1, -1, 2, -2, 1, -1, 0];

/**
 * The city of Ostholm, which asks its residents about an old town without cars: whoever volunteers to answer is younger
 * and better educated than the city.
 */
export function declareHarbourCity(): HarbourCity {
  const everybody = residents();
  const population = tableOf(everybody);
  const volunteers = everybody.flatMap(({ residents, ...who }) => {
    const often = rates[who.age_group]! * (who.education === "degree" ? 1.4 : 0.7) / 100;
    return Array.from({ length: Math.round(residents * often / 4) }, (_, at) => {
      const answer = Math.round(opinion({ ...who, residents }) + characters[at % characters.length]!);
      return { ...who, support: Math.max(1, Math.min(7, answer)) };
    });
  });
  return { population, volunteers: tableOf(volunteers), census };
}
