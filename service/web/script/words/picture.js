export default {
  en: {
    show: "Show picture:",
    why: "may be disturbing",
    none: "No picture",
    alt: "Key frame at {time}: {tags}",
    "alt-plain": "Key frame at {time}",
  },
  es: {
    show: "Mostrar imagen:",
    why: "puede herir la sensibilidad",
    none: "Sin imagen",
    alt: "Fotograma clave en {time}: {tags}",
    "alt-plain": "Fotograma clave en {time}",
  },
};
