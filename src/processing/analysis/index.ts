export { judge, suggestTags } from './judge.js';
export { PictureAnalyser } from './picture-analyser.js';
