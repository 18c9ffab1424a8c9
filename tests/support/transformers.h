/* Keys of transformers, chosen so that every two values that go together stand
 * in one row: for tests that hold for any transformer. Without "model." before
 * them. */
#ifndef ICLGD_TESTS_TRANSFORMERS_H
#define ICLGD_TESTS_TRANSFORMERS_H

static const char *const transformer_rows[] = {
    "shortcut=augmented "
    "tokens=joint width=6 attention=relu heads=2 key=3 scale=none "
    "mask=query mlp=relu residual=0.7 readout=linear mlp_width=5 "
    "layers=2",
    "tokens=alternating attention=softmax,relu output=false bias=false "
    "mask=none positions=relative-free dot_product=false mlp=gelu "
    "norm=post final_norm=false residual=0 inject=input mlp_width=5 "
    "layers=2 loops=2",
    "shortcut=none "
    "tokens=alternating label=own width=6 attention=softmax heads=2 "
    "scale=learned merged=true output=false bias=false mask=causal "
    "positions=alibi norm=rms final_norm=true loops=2",
    "shortcut=augmented "
    "tokens=joint attention=exp scale=learned merged=true mask=causal "
    "positions=t5 mlp=gelu-tanh norm=pre residual=0 inject=input "
    "readout=last mlp_width=5 layers=2 loops=2",
    "tokens=alternating label=own width=6 attention=linear heads=2 "
    "mask=none positions=relative-log dot_product=false mlp=swiglu "
    "norm=pre final_norm=true inject=input readout=linear mlp_width=5 "
    "loops=2",
    "tokens=alternating attention=sigmoid heads=2 key=3 scale=none "
    "merged=true output=false bias=false mask=causal "
    "positions=relative-linear mlp=swiglu norm=rms final_norm=false "
    "residual=0.7 inject=input readout=linear mlp_width=5 layers=2",
    "shortcut=augmented "
    "tokens=joint attention=exp+linear heads=2 key=3 scale=none "
    "output=false bias=false mask=query positions=t5 dot_product=false "
    "norm=post final_norm=true readout=last loops=2",
    "shortcut=augmented "
    "tokens=alternating width=6 attention=exp+linear heads=2 "
    "scale=learned merged=true mask=none positions=learned mlp=gelu "
    "norm=post final_norm=false residual=0.7 readout=linear "
    "mlp_width=5 layers=2",
    "shortcut=augmented "
    "tokens=alternating label=own width=6 attention=elu1 heads=2 key=3 "
    "output=false bias=false mask=none positions=sinusoidal "
    "mlp=gelu-tanh norm=rms residual=0 readout=linear mlp_width=5 "
    "layers=2 loops=2",
    "tokens=joint attention=linear merged=true output=false bias=false "
    "mask=query positions=relative-log mlp=relu final_norm=false "
    "residual=0 inject=input mlp_width=5 layers=2",
    "tokens=alternating label=own width=6 attention=exp scale=none "
    "mask=none positions=relative-linear dot_product=false "
    "final_norm=false residual=0.7 loops=2",
    "tokens=joint width=6 attention=softmax,relu heads=2 scale=learned "
    "merged=true mask=query positions=relative-free mlp=swiglu "
    "mlp_width=5 layers=2 loops=2",
    "tokens=joint attention=softmax heads=2 key=3 scale=none "
    "bias=false mask=query positions=alibi dot_product=false "
    "mlp=gelu-tanh norm=pre final_norm=false residual=0.7 inject=input "
    "readout=last mlp_width=5 layers=2",
    "tokens=alternating attention=relu merged=true output=false "
    "bias=false mask=causal norm=pre final_norm=true residual=0 "
    "inject=input readout=linear layers=2 loops=2",
    "tokens=alternating width=6 attention=elu1 scale=none mask=causal "
    "positions=sinusoidal mlp=gelu final_norm=false inject=input "
    "mlp_width=5 loops=2",
    "tokens=alternating width=6 attention=sigmoid heads=2 mask=none "
    "positions=t5 dot_product=false mlp=relu norm=rms residual=0 "
    "mlp_width=5 loops=2",
    "tokens=joint attention=linear heads=2 key=3 scale=learned "
    "output=false mask=query positions=relative-log mlp=gelu norm=rms "
    "residual=0.7 readout=last mlp_width=5 layers=2 loops=2",
    "tokens=alternating label=own width=6 attention=softmax,relu "
    "heads=2 key=3 scale=none output=false bias=false mask=causal "
    "positions=learned mlp=relu norm=pre final_norm=true residual=0.7 "
    "inject=input mlp_width=5 layers=2 loops=2",
    "shortcut=augmented "
    "tokens=alternating label=own width=6 attention=relu heads=2 "
    "scale=learned merged=true mask=none mlp=gelu-tanh norm=post "
    "final_norm=false inject=input mlp_width=5 loops=2",
    "tokens=alternating width=6 attention=softmax scale=none "
    "merged=true mask=none positions=alibi mlp=swiglu norm=post "
    "residual=0 readout=linear mlp_width=5 layers=2 loops=2",
    "tokens=alternating label=own attention=exp heads=2 key=3 "
    "output=false bias=false mask=causal positions=relative-free "
    "mlp=relu norm=rms final_norm=true inject=input readout=linear "
    "mlp_width=5 layers=2",
    "tokens=joint attention=sigmoid merged=true bias=false mask=query "
    "positions=relative-linear mlp=gelu norm=pre final_norm=true "
    "readout=last mlp_width=5 layers=2 loops=2",
    "shortcut=augmented "
    "tokens=joint width=6 attention=elu1 heads=2 output=false "
    "bias=false mask=query positions=sinusoidal norm=post "
    "final_norm=true residual=0.7 readout=linear layers=2",
    "tokens=alternating label=own width=6 attention=exp+linear heads=2 "
    "scale=learned merged=true mask=causal positions=relative-linear "
    "mlp=relu norm=post residual=0 inject=input mlp_width=5 layers=2 "
    "loops=2",
    "tokens=alternating width=6 attention=linear heads=2 scale=none "
    "mask=causal positions=relative-log dot_product=false "
    "mlp=gelu-tanh norm=post final_norm=true inject=input "
    "readout=linear mlp_width=5 layers=2",
    "tokens=joint width=6 attention=softmax,relu merged=true "
    "output=false bias=false mask=none positions=learned norm=rms "
    "readout=linear layers=2",
    "tokens=alternating label=own width=6 attention=softmax "
    "merged=true output=false bias=false mask=causal positions=t5 "
    "mlp=gelu final_norm=false residual=0.7 inject=input "
    "readout=linear mlp_width=5 layers=2",
    "tokens=joint attention=relu scale=none merged=true bias=false "
    "mask=none positions=relative-free mlp=swiglu norm=rms "
    "final_norm=false residual=0.7 readout=last mlp_width=5 loops=2",
    "tokens=alternating label=own width=6 attention=sigmoid heads=2 "
    "scale=learned output=false mask=none positions=learned "
    "mlp=gelu-tanh residual=0 inject=input readout=linear mlp_width=5 "
    "loops=2",
    "tokens=alternating width=6 attention=exp heads=2 scale=learned "
    "merged=true mask=none positions=sinusoidal mlp=swiglu norm=post "
    "final_norm=true residual=0.7 inject=input readout=linear "
    "mlp_width=5 layers=2",
    "shortcut=augmented "
    "tokens=joint attention=elu1 mask=none mlp=relu norm=pre "
    "final_norm=true residual=0.7 inject=input readout=last "
    "mlp_width=5 loops=2",
    "tokens=joint attention=relu heads=2 key=3 bias=false mask=none "
    "positions=alibi dot_product=false mlp=gelu inject=input "
    "readout=last mlp_width=5 layers=2 loops=2",
    "tokens=joint attention=exp+linear heads=2 key=3 output=false "
    "bias=false mask=none mlp=swiglu norm=rms final_norm=true "
    "residual=0 mlp_width=5 layers=2 loops=2",
    "tokens=alternating label=own width=6 attention=exp+linear heads=2 "
    "scale=learned merged=true output=false mask=none "
    "positions=relative-free mlp=gelu-tanh norm=pre residual=0 "
    "inject=input mlp_width=5 layers=2 loops=2",
    "tokens=joint attention=sigmoid output=false mask=query "
    "positions=relative-log dot_product=false norm=post "
    "final_norm=true residual=0 readout=last loops=2",
    "tokens=joint width=6 attention=exp scale=none merged=true "
    "output=false mask=query mlp=gelu norm=rms final_norm=true "
    "residual=0.7 inject=input mlp_width=5 layers=2 loops=2",
    "tokens=joint attention=softmax,relu scale=learned output=false "
    "mask=query positions=relative-linear mlp=gelu-tanh norm=rms "
    "final_norm=true readout=last mlp_width=5 layers=2",
    "tokens=joint width=6 attention=elu1 output=false mask=query "
    "positions=learned mlp=swiglu norm=pre final_norm=false "
    "residual=0.7 readout=linear mlp_width=5 layers=2 loops=2",
    "tokens=joint width=6 attention=softmax heads=2 key=3 output=false "
    "bias=false mask=query positions=sinusoidal mlp=relu norm=pre "
    "inject=input mlp_width=5 loops=2",
    "tokens=joint attention=exp+linear heads=2 key=3 scale=learned "
    "mask=query positions=alibi mlp=relu residual=0 readout=linear "
    "mlp_width=5 loops=2",
    "tokens=joint width=6 attention=linear heads=2 scale=learned "
    "bias=false mask=query positions=relative-free norm=rms "
    "final_norm=true residual=0.7 loops=2",
    "tokens=alternating attention=softmax,relu scale=learned mask=none "
    "positions=t5 mlp=swiglu norm=rms final_norm=false readout=linear "
    "mlp_width=5 layers=2",
    "tokens=joint width=6 attention=softmax,relu heads=2 key=3 "
    "scale=none merged=true mask=causal positions=relative-log "
    "mlp=swiglu final_norm=false mlp_width=5 layers=2",
    "tokens=joint width=6 attention=relu bias=false mask=causal "
    "positions=sinusoidal mlp=gelu norm=rms final_norm=false "
    "inject=input readout=linear mlp_width=5 layers=2 loops=2",
    "tokens=joint attention=softmax bias=false mask=none "
    "positions=relative-linear mlp=gelu norm=post residual=0 "
    "mlp_width=5 layers=2 loops=2",
    "tokens=joint attention=relu merged=true output=false mask=none "
    "positions=relative-linear mlp=gelu norm=pre inject=input "
    "readout=linear mlp_width=5 layers=2",
    "tokens=joint attention=softmax heads=2 key=3 scale=learned "
    "mask=query norm=post final_norm=true residual=0 readout=last "
    "layers=2",
    "tokens=alternating width=6 attention=sigmoid heads=2 key=3 "
    "scale=learned mask=none positions=sinusoidal mlp=gelu-tanh "
    "norm=pre final_norm=false residual=0.7 inject=input "
    "readout=linear mlp_width=5 layers=2",
    "tokens=alternating attention=exp heads=2 key=3 scale=learned "
    "merged=true output=false mask=causal positions=relative-log "
    "mlp=gelu final_norm=false mlp_width=5 layers=2",
    "tokens=joint width=6 attention=softmax,relu heads=2 scale=none "
    "merged=true output=false bias=false mask=query mlp=gelu-tanh "
    "norm=rms residual=0.7 mlp_width=5 layers=2 loops=2",
    "tokens=joint width=6 attention=linear heads=2 output=false "
    "mask=query positions=relative-linear dot_product=false mlp=gelu "
    "norm=rms final_norm=false residual=0.7 inject=input "
    "readout=linear mlp_width=5 layers=2 loops=2",
    "tokens=joint attention=softmax scale=none bias=false mask=none "
    "positions=relative-log dot_product=false mlp=gelu "
    "final_norm=false residual=0.7 inject=input readout=last "
    "mlp_width=5 layers=2 loops=2",
    "tokens=alternating label=own width=6 attention=softmax scale=none "
    "output=false mask=none positions=learned mlp=gelu norm=post "
    "final_norm=true residual=0 readout=linear mlp_width=5 layers=2",
    "tokens=joint width=6 attention=relu heads=2 key=3 scale=none "
    "merged=true mask=query positions=t5 mlp=gelu-tanh norm=rms "
    "residual=0.7 readout=linear mlp_width=5 loops=2",
    "tokens=joint width=6 attention=exp+linear heads=2 scale=learned "
    "output=false mask=causal positions=sinusoidal mlp=swiglu norm=pre "
    "final_norm=true residual=0.7 mlp_width=5 loops=2",
    "tokens=joint width=6 attention=linear output=false mask=query "
    "positions=t5 dot_product=false norm=rms final_norm=true "
    "inject=input loops=2",
    "tokens=joint width=6 attention=sigmoid heads=2 bias=false "
    "mask=query positions=relative-free dot_product=false mlp=relu "
    "norm=rms final_norm=true residual=0.7 inject=input readout=linear "
    "mlp_width=5 layers=2",
    "tokens=alternating label=own width=6 attention=softmax heads=2 "
    "key=3 output=false bias=false mask=causal positions=relative-free "
    "mlp=gelu norm=post final_norm=false residual=0.7 readout=linear "
    "mlp_width=5 layers=2 loops=2",
    "tokens=joint attention=exp+linear heads=2 key=3 merged=true "
    "output=false bias=false mask=query positions=relative-log "
    "final_norm=false residual=0.7 readout=linear loops=2",
    "tokens=joint width=6 attention=relu scale=learned merged=true "
    "output=false mask=query positions=learned mlp=relu norm=rms "
    "residual=0 inject=input mlp_width=5 layers=2 loops=2",
    "tokens=joint attention=exp scale=none merged=true output=false "
    "bias=false mask=none positions=alibi mlp=relu norm=post "
    "inject=input mlp_width=5 loops=2",
    "shortcut=augmented "
    "tokens=joint attention=softmax,relu scale=none merged=true "
    "mask=query positions=alibi mlp=swiglu norm=pre final_norm=true "
    "residual=0.7 mlp_width=5 layers=2 loops=2",
    "tokens=joint attention=sigmoid scale=none bias=false mask=query "
    "positions=alibi mlp=gelu norm=pre final_norm=false readout=last "
    "mlp_width=5 layers=2",
    "tokens=alternating label=own width=6 attention=sigmoid "
    "scale=learned output=false mask=none mlp=relu norm=rms "
    "final_norm=true residual=0 readout=linear mlp_width=5 loops=2",
    "tokens=alternating width=6 attention=exp heads=2 key=3 "
    "merged=true output=false bias=false mask=none positions=learned "
    "norm=post final_norm=true readout=linear loops=2",
    "tokens=joint attention=relu heads=2 key=3 scale=none output=false "
    "bias=false mask=none positions=relative-log dot_product=false "
    "mlp=gelu-tanh norm=post final_norm=true readout=last mlp_width=5 "
    "loops=2",
    "tokens=alternating attention=linear scale=none output=false "
    "mask=causal positions=alibi dot_product=false mlp=relu "
    "residual=0.7 inject=input mlp_width=5 loops=2",
    "tokens=joint width=6 attention=softmax,relu heads=2 key=3 "
    "scale=none output=false mask=none positions=sinusoidal norm=post "
    "residual=0 inject=input readout=linear layers=2",
    "tokens=joint width=6 attention=linear heads=2 key=3 output=false "
    "bias=false mask=query positions=learned mlp=gelu norm=pre "
    "final_norm=false readout=linear mlp_width=5 layers=2 loops=2",
    "tokens=joint width=6 attention=linear heads=2 merged=true "
    "mask=causal positions=sinusoidal mlp=gelu norm=pre inject=input "
    "readout=linear mlp_width=5 layers=2",
    "tokens=alternating width=6 attention=linear heads=2 key=3 "
    "scale=none output=false bias=false mask=none mlp=gelu-tanh "
    "norm=rms final_norm=false residual=0.7 inject=input "
    "readout=linear mlp_width=5 layers=2 loops=2",
};
enum { TRANSFORMER_ROWS = sizeof transformer_rows / sizeof *transformer_rows };

#endif /* ICLGD_TESTS_TRANSFORMERS_H */
