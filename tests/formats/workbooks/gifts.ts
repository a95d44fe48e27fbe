import type { Sheet } from "../../../lib/formats/workbooks/sheet_rows.ts";

/** A workbook of version 2: pairs give to a common pot in three rounds, and are then asked alone. */
export const gifts: readonly Sheet[] = [
  {
    name: "Settings",
    rows: [
      ["name", "value"],
      ["EXPERIMENT_ID", "gifts"],
      ["MODEL_NAME", "small"],
      ["TEMPERATURE", 0.5],
      ["RANDOM_SEED", 7],
      ["PROFILE_FIELDS", "ALL"],
      ["BUILD_PROFILE_QA", true],
      ["NUM_AGENTS_PER_SESSION", 8],
      ["CONTEXT_OVERFLOW_POLICY", "terminate"],
      ["MODULE_SEQUENCE", "game, after"],
    ],
  },
  {
    name: "C",
    rows: [
      ["module", "name", "value", "type"],
      ["game", "MAX_NUM_ROUNDS", 3, "integer"],
      ["game", "PLAYERS_PER_GROUP", 2, "integer"],
      ["game", "ENDOWMENT", 10, "integer"],
      ["after", "MAX_NUM_ROUNDS", 1, "integer"],
      ["after", "PLAYERS_PER_GROUP", 1, "integer"],
    ],
  },
  {
    name: "Fields",
    rows: [
      [
        ...["module", "class", "name", "type", "response_options", "response_options_intro"],
        ...["randomise_options_order", "validate", "generate_speculation_score", "format_response"],
      ],
      ["game", "Player", "gift", "integer", "[0, 1, 2, 3]", "Choose a number.", false, true, true, true],
      ["game", "Group", "total", "integer", null, null, false, false, false, true],
      ["game", "Player", "chat", "text"],
      ["game", "Player", "mood", "float", "(0, 10)"],
      ["after", "Agent", "why", "category", '["fear", "love"]', null, true, true, false, true],
      ["after", "Agent", "again", "boolean"],
      ["after", "Agent", "mood", "integer", "[1, 3, 5]"],
    ],
  },
  {
    name: "Prompts",
    rows: [
      [
        ...[
          "module",
          "prompt_sequence",
          "type",
          "is_displayed",
          "is_adapted",
          "human_text",
          "llm_text",
          "kwargs",
        ],
        ...["field_class", "field_name"],
      ],
      ["game", 0, "CONTEXT", "round_number == 1", true, "Welcome!", "You get {{ C.game.ENDOWMENT }} coins."],
      [
        "game",
        1,
        "DISCUSSION",
        "round_number in [2, 3]",
        false,
        null,
        "Say something.",
        null,
        "Player",
        "chat",
      ],
      [
        "game",
        2,
        "PUBLIC_QUESTION",
        null,
        false,
        "How many?",
        "How many do you give?",
        null,
        "Player",
        "gift",
      ],
      ["game", 3, "FACILITATOR", null, false, null, "add_up", null, "Group", "total"],
      [
        ...["game", 4, "CONTEXT", null, false, null],
        "In all {{ group.total }} coins; yours were {{ player.gift }}{% if player.treatment == 'tax' %} (taxed){% endif %}.",
      ],
      ["game", 5, "PRIVATE_QUESTION", "round_number == 3", false, null, "Your mood?", null, "Player", "mood"],
      ["after", 1, "PRIVATE_QUESTION", null, false, "Again?", "Again?", null, "Agent", "again"],
      [
        ...["after", 0, "PRIVATE_QUESTION", "agent.gender == 'Male'", false, "Why?"],
        ...["You first gave {{ agent.game[1].gift }}. Why?", null, "Agent", "why"],
      ],
      ["after", 2, "PRIVATE_QUESTION", null, false, "Mood?", "Your mood now?", null, "Agent", "mood"],
    ],
  },
  {
    name: "Facilitator",
    rows: [["name", "definition", "kwargs"], ["assign_groups", null, "{'strategy': 'keep'}"], [
      "add_up",
      "Add it up.",
    ]],
  },
  {
    name: "Profiles",
    rows: [
      ["ID", "gender", "age"],
      ["ID", "What is your gender?", "How old are you?"],
      ...Array.from(
        { length: 8 },
        (_, n) => [n + 1, n % 2 === 0 ? "Female" : "Male", n === 7 ? null : 30 + n],
      ),
    ],
  },
  {
    name: "Manual_Treatments",
    rows: [
      ["ID", "module", "round_number", "class", "name", "value"],
      ...Array.from(
        { length: 8 },
        (_, n) => [n + 1, null, null, "Agent", "treatment", n < 4 ? "tax" : "none"],
      ),
    ],
  },
  {
    name: "Manual_Groups",
    rows: [
      ["ID", "module", "round_number", "class", "name", "value"],
      ...Array.from(
        { length: 8 },
        (_, n) => [n + 1, "game", null, "Group", "id_in_subsession", 1 + Math.floor(n / 2)],
      ),
    ],
  },
];
