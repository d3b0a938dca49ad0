from transformers import AutoModel

model = AutoModel.from_pretrained('example/model', revision='5d0f2e8a7f1b1a5c0e5b3e6c5a8f4e2d1c0b9a87')
