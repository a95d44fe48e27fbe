# Writes inspect_*: data frames of inspect_ai 0.3.285 with its model mockllm, which gives canned replies.
from inspect_ai import Task, eval
from inspect_ai.analysis import messages_df, samples_df
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import ModelOutput, ModelUsage, get_model
from inspect_ai.scorer import match
from inspect_ai.solver import generate, solver, system_message


def reply(text):
    output = ModelOutput.from_content("mockllm/model", text)
    output.usage = ModelUsage(input_tokens=17, output_tokens=3, total_tokens=20)
    return output


@solver
def breaks():
    async def solve(state, generate):
        if state.sample_id == "p3-control":
            raise RuntimeError("the subject left")
        return state
    return solve


samples = [Sample(id=f"p{i}-{arm}", input=f"{text} Do you support it, from 1 to 7?", target="5",
                  metadata={"persona_id": f"p{i}", "arm": arm, "party": party})
           for i, party in ((1, "Left"), (2, "Right"), (3, "Left"))
           for arm, text in (("control", "It is quiet."), ("threat", "Troops cross."))]
replies = [reply(text) for text in ("5", "ANSWER: 2", "", "As an AI language model I have no opinion on military support.", "3")]
task = Task(name="support", dataset=MemoryDataset(samples), solver=[system_message("You are 31."), breaks(), generate()],
            scorer=match(numeric=True))
eval(task, model=get_model("mockllm/model", custom_outputs=replies), log_dir="logs2", display="none", fail_on_error=False, max_samples=1)
for name, frame in (("samples", samples_df("logs2", full=False)), ("messages", messages_df("logs2"))):
    frame["log"] = "support.json"
    frame.to_csv(f"inspect_{name}.csv", index=False)
    frame.to_json(f"inspect_{name}.json", orient="records", indent=0)
    frame.to_parquet(f"inspect_{name}.parquet", index=False)
