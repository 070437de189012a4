"""The registry of architectures."""

from rote.config.architectures.alexnet import AlexNet
from rote.config.architectures.convolutional import Convolutional
from rote.config.architectures.mlp import MLP
from rote.config.architectures.plain_convolutional import PlainConvolutional
from rote.config.architectures.preactivation_resnet18 import PreactivationResNet18
from rote.config.architectures.pretrained_mlp_mixer import PretrainedMlpMixer
from rote.config.architectures.pretrained_vision_transformer import PretrainedVisionTransformer
from rote.config.architectures.resnet import ResNet
from rote.config.architectures.vgg import VGG
from rote.config.architectures.vision_transformer import VisionTransformer

Architecture = (
    AlexNet
    | Convolutional
    | MLP
    | PlainConvolutional
    | PreactivationResNet18
    | PretrainedMlpMixer
    | PretrainedVisionTransformer
    | ResNet
    | VGG
    | VisionTransformer
)
