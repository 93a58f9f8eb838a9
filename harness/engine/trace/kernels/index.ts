/** Registers every kernel that tracing knows. */
import './constant.js';
import './elementwise.js';
import './fused.js';
import './gather.js';
import './matrix.js';
import './reduce.js';
import './shape.js';
