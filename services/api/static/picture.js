// Pictures in the browser: read upright, scaled to what the checks can use, judged a little, made a JPEG.

/** More than this the checks do not look at; a photograph of 48 megapixels becomes about one megabyte. */
const LONGEST_PX = 2560;
const QUALITY = 0.93;
const LEAST_PX = { document: 600, selfie: 200 };
/** Enough to tell the light by. */
const SAMPLE_PX = 64;
/** Of 255. The API calls a face dark below 60. */
const DARK_LEVEL = 50;
const GLARE_LEVEL = 250;
const GLARE_RATIO = 0.4;

/** What a file shows, turned as its EXIF says. Rejects what is no picture. */
export async function fromFile(file) {
  const bitmap = await createImageBitmap(file); // upright: older browsers refuse to be told so
  const shrink = Math.min(1, LONGEST_PX / Math.max(bitmap.width, bitmap.height));
  const canvas = canvasOf(bitmap, 0, 0, bitmap.width, bitmap.height, shrink);
  bitmap.close();
  return canvas;
}

/** What a video shows now, less what its frame on the screen cuts off. */
export function fromVideo(video, longest = LONGEST_PX) {
  const { videoWidth: width, videoHeight: height, clientWidth, clientHeight } = video;
  const wanted = clientWidth / clientHeight;
  const cutWidth = Math.min(width, height * wanted);
  const cutHeight = Math.min(height, width / wanted);
  const shrink = Math.min(1, longest / Math.max(cutWidth, cutHeight));
  return canvasOf(video, (width - cutWidth) / 2, (height - cutHeight) / 2, cutWidth, cutHeight, shrink);
}

/** The bytes to send; nothing of the file's own data, like where it was taken, is in them. */
export const toJpeg = (canvas) => new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY));

/** The codes of what would better be mended before it is sent. */
export function doubtsOf(canvas, slot) {
  const isSmall = Math.max(canvas.width, canvas.height) < LEAST_PX[slot];
  return [...(isSmall ? ["image-too-small"] : []), ...lightOf(canvas, slot)];
}

/** Those of the light, of what a running camera sees too. */
export const liveDoubtsOf = (video, slot) => lightOf(fromVideo(video, SAMPLE_PX), slot);

function lightOf(canvas, slot) {
  const levels = levelsOf(canvas);
  const mean = levels.reduce((sum, level) => sum + level, 0) / levels.length;
  const glare = levels.filter((level) => level >= GLARE_LEVEL).length / levels.length;
  const doubts = {
    "too-dark": mean < DARK_LEVEL,
    "too-bright": glare > GLARE_RATIO && slot === "selfie", // paper is white
  };
  return Object.keys(doubts).filter((code) => doubts[code]);
}

/** Of the middle half, where the face or the page is: a bright window beside a face helps nobody. */
function levelsOf(canvas) {
  const { width, height } = canvas;
  const small = canvasOf(canvas, width / 4, height / 4, width / 2, height / 2, SAMPLE_PX / Math.max(width, height));
  const { data } = small.getContext("2d").getImageData(0, 0, small.width, small.height);
  const levels = [];
  for (let i = 0; i < data.length; i += 4) {
    levels.push(0.299 * data[i] + 0.587 * data[i + 1] + 0.114 * data[i + 2]);
  }
  return levels;
}

function canvasOf(source, x, y, width, height, scale) {
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  const pen = canvas.getContext("2d");
  pen.imageSmoothingQuality = "high";
  pen.fillStyle = "white"; // behind what is transparent
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(source, x, y, width, height, 0, 0, canvas.width, canvas.height);
  return canvas;
}
