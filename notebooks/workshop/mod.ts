/**
 * The workshop: what its exercises are checked by, and the societies they take place in.
 *
 * @module
 */
export { checkExercise, type ExerciseResult } from "./check_exercise.ts";
export { declareHarbourCity, type HarbourCity } from "./worlds/harbour_city.ts";
