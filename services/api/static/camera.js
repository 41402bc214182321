// The camera: opened when it is asked for, off as soon as its picture is taken.

const FACING = { document: "environment", selfie: "user" };

/** Whether this browser has cameras to offer; a page that came without TLS has none. */
export const hasCamera = () => Boolean(navigator.mediaDevices?.getUserMedia);

/** A running camera; the rear one of a phone for a document. Rejects as `getUserMedia` does. */
export function openCamera(slot) {
  const video = { facingMode: { ideal: FACING[slot] }, width: { ideal: 2560 }, height: { ideal: 1920 } };
  return navigator.mediaDevices.getUserMedia({ video, audio: false });
}

export function closeCamera(stream) {
  for (const track of stream.getTracks()) track.stop();
}

/** Why there is no camera, in words. */
export function whyNot(error) {
  if (error?.name === "NotAllowedError") {
    return "The camera is not allowed here. Allow it in your browser's settings and try again, or choose a file.";
  }
  if (error?.name === "NotReadableError") {
    return "Another program is using the camera. Close it and try again, or choose a file.";
  }
  return "No camera was found. Choose a file instead.";
}
