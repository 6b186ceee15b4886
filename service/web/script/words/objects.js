export default {
  en: {
    title: "Objects in a picture",
    help: "What is in a picture, and where. Nothing is kept.",
    give: "Choose a picture or drop one here",
    looking: "Looking …",
    "min-score": "Least score",
    labels: "Labels",
    found: { one: "One object", other: "{count} objects" },
    "found-none": "Nothing was found at this score.",
    drawn: "The picture with its boxes, as the service drew it",
  },
  es: {
    title: "Objetos en una imagen",
    help: "Qué hay en una imagen y dónde. No se guarda nada.",
    give: "Elija una imagen o suéltela aquí",
    looking: "Mirando …",
    "min-score": "Puntuación mínima",
    labels: "Etiquetas",
    found: { one: "Un objeto", other: "{count} objetos" },
    "found-none": "No se encontró nada con esta puntuación.",
    drawn: "La imagen con sus cajas, dibujada por el servicio",
  },
};
