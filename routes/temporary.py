"""Temporary passwords: made by the system, easy to say over the telephone, and only good for choosing one's own."""

import secrets

# Everyday words of four letters and more, spelt as they sound. Three of them and four figures: 40 bits, which the
# limits on tries and a life of one day make plenty.
WORDS = tuple(
    """
acorn almond anchor apple apricot apron arch arrow aspen atlas attic autumn avocado badger bagel bakery balcony
bamboo banjo banner barley barn basin basket beach beacon beaver bench berry bicycle biscuit blanket blossom bobbin
bonfire bonnet bookcase border bottle boulder bowl bracket bramble branch brass bread breeze brick bridge bronze
brook broom brush bubble bucket buckle budget bugle bumper bundle bunting butter button cabbage cabin cactus camera
candle canoe canvas caramel caravan cargo carpet carrot cartoon castle cedar celery cellar chalk channel chapel
cherry chess chestnut chimney chisel cider cinema circle circus clay cliff clock clover cobweb coconut coffee collar
comet compass concert copper coral corner cottage cotton cousin cradle crayon cricket crimson crocus crystal cuckoo
cupboard curtain cushion custard daffodil dahlia daisy dancer dawn deckchair denim desert diamond dinner dolphin
domino donkey doorbell dragon drawer dream drizzle drummer duckling dumpling easel echo eclipse elbow elder elephant
ember emerald engine envelope evening falcon feather fern ferry fiddle field finch fireside flannel flask flour
flute forest fossil fountain foxglove freckle fridge frost galaxy gallery garden garlic garnet gazelle geese ginger
giraffe glacier glove goblet goldfish gondola granite grape grass gravel guitar hammer hammock hamster harbour
harvest hazel heather hedgehog helmet heron hiking hillside hockey holiday honey hopscotch horizon hornet hotel
icicle igloo indigo inkwell insect island ivory jacket jasmine jelly jersey jigsaw jockey journey jubilee juggler
jumper jungle juniper kayak kennel kernel kettle keyboard kingdom kitchen kite kitten koala ladder ladybird lagoon
lantern larch laundry lavender leather lemon lentil letter library lighthouse lilac linen lizard lobster locket
lollipop lupin magnet magpie mallet mango mantle maple marble margin marigold market marmalade meadow medal melody
melon menu midday midnight mirror mitten monsoon moorland morning mosaic mountain muffin mural museum mushroom
mustard napkin narrow nectar needle nettle nickel notebook novel nutmeg oatmeal ocean octave olive onion orange
orbit orchard orchid organ otter outdoor oyster paddle paint palace pancake panda pansy papaya paper parade parcel
parrot parsley pastry pasture patio pavement peanut pearl pebble pelican pencil penguin pepper petal piano pickle
picnic pigeon pillow pilot pinecone planet plaster platform playground plum pocket poem polish pollen pond poplar
poppy porridge postcard potato pottery primrose prism puddle puffin pumpkin puppet puzzle pyramid quarry quartz
quilt quiver rabbit radio radish railway rainbow raisin raspberry ravine reading ribbon ripple river robin rocket
rooster rosemary rowing ruby rudder rustic saddle saffron sailor salmon sandal sandwich sapphire satchel saturn
saucer scarf school scooter seagull seaside season shadow shallot shamrock shelter shovel shutter sienna silver
sketch skipper slipper snowdrop soccer socket spaniel sparrow spinach spiral spoon spring squash squirrel stable
stadium station steeple stencil stereo stirrup stocking story street stripe suitcase sultana summer sunset swallow
sweater sycamore syrup table tadpole tambourine tandem tangerine tapestry tartan teapot temple tennis terrace
thimble thistle thunder ticket tiger timber toffee tomato topaz tractor trail tram treacle treasure trellis triangle
tricycle trolley trumpet tulip tunnel turnip turquoise turtle twilight umbrella unicorn valley vanilla vase velvet
village vineyard violet violin visitor volcano voyage waffle walnut walrus warbler waterfall wattle weather whisker
whistle wicket wildlife willow windmill window winter woodland woollen workshop wren yacht yarn yellow yoghurt zebra
zigzag zither
""".split()
)


def new_password() -> str:
    """Three random words and four figures: ``maple-tram-lantern-4827``."""
    return "-".join((*(secrets.choice(WORDS) for _ in range(3)), str(secrets.randbelow(9000) + 1000)))
