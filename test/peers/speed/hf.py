"""The weights of a comparison in transformers' GPT2LMHeadModel, float32, without dropout."""
from safetensors.torch import load_file
from transformers import GPT2Config, GPT2LMHeadModel


def language_model(folder, spec, eos=None):
    model = GPT2LMHeadModel(
        GPT2Config(
            vocab_size=spec["vocab"],
            n_positions=spec["time"],
            n_embd=spec["width"],
            n_layer=spec["layers"],
            n_head=spec["heads"],
            bos_token_id=None,
            eos_token_id=eos,
            pad_token_id=spec["padId"],
            attn_pdrop=0.0,
            embd_pdrop=0.0,
            resid_pdrop=0.0,
            attn_implementation="sdpa",
        )
    )
    weights = {f"transformer.{name}": tensor for name, tensor in load_file(f"{folder}/model.safetensors").items()}
    missing, unexpected = model.load_state_dict(weights, strict=False)
    assert set(missing) <= {"lm_head.weight"} and not unexpected, (missing, unexpected)
    model.tie_weights()
    return model
