import { testRecipe } from './recipe.mjs';

testRecipe('node', 'login.mjs');
