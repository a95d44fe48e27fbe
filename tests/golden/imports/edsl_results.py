# Writes edsl.*: results of EDSL 1.0.9 with its model "test", which gives canned replies.
from edsl import Agent, AgentList, Scenario, ScenarioList, Survey, Model
from edsl import QuestionCheckBox, QuestionFreeText, QuestionLinearScale, QuestionMultipleChoice

survey = Survey([
    QuestionLinearScale(question_name="support", question_text="{{ scenario.treatment }} Do you support it?",
                        question_options=[1, 2, 3, 4, 5, 6, 7]),
    QuestionMultipleChoice(question_name="news", question_text="Where do you get news?", question_options=["tv", "web", "paper"]),
    QuestionCheckBox(question_name="media", question_text="Which do you use?", question_options=["tv", "web", "it's paper"]),
    QuestionFreeText(question_name="why", question_text="Why?"),
])
agents = AgentList([Agent(name="p1", traits={"age": 31, "party": "Left"})])
scenarios = ScenarioList([Scenario({"arm": "control", "treatment": "It is quiet."}),
                          Scenario({"arm": "threat", "treatment": "Troops cross."})])
good = Model("test", canned_response={"support": "5\nI like it.", "news": "web", "media": "['tv', \"it's paper\"]",
                                      "why": "Because, \"really\".\nYes."})
bad = Model("test", temperature=0, canned_response={
    "support": "", "news": "I cannot say.", "media": "As an AI language model I have no opinion on military support.", "why": ""})
results = survey.by(agents).by(scenarios).by([good, bad]).run(
    disable_remote_inference=True, disable_remote_cache=True, progress_bar=False, n=1, cache=False, print_exceptions=False)
frame = results.to_pandas()
frame.to_csv("edsl.csv", index=False)
keep = [c for c in frame.columns if c.split(".")[0] in ("agent", "answer", "scenario", "generated_tokens", "validated", "comment", "iteration", "question_type", "question_options")
        or c in ("model.model", "model.model_index")]
frame[keep].to_json("edsl.json", orient="records", indent=0)
frame[keep].to_parquet("edsl.parquet", index=False)
