/**
 * The workshop: what its exercises are checked by, and the societies they take place in.
 *
 * @module
 */
export { checkExercise, type ExerciseResult } from "./check_exercise.ts";
export { declareHarbourCity, type HarbourCity } from "./worlds/harbour_city.ts";
export { type CoffeeKiosk, declareCoffeeKiosk } from "./worlds/coffee_kiosk.ts";
export { declareHelpingLetter, type HelpingLetter } from "./worlds/helping_letter.ts";
export { declareHospitalWater, type HospitalWater, type PrintedInstrument } from "./worlds/hospital_water.ts";
export { declareNightStreets, type NightModel, type NightStreets } from "./worlds/night_streets.ts";
export { declareParkingCharge, type ParkingCharge, type ParkingModel } from "./worlds/parking_charge.ts";
export type { Item, MimeBundle, Respondent, Table, Treatments } from "@understudy/understudy/core";
export type { World } from "@understudy/understudy/worlds";
